"""Check the machine and the targets of docs/targets.md."""
