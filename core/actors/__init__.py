"""One actor: its reference, stage, kinship, faults and ending reasons."""
