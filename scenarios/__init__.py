"""What is measured: one file a scenario or family."""
