"""The actor runtime: tables, atomics, mailboxes, scheduler. It knows nothing of benchmarks."""
