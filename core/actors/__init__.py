"""An actor as such: its reference, its stage of life, its kin, its faults."""
