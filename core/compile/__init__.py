"""Compile kernels, and keep their machine code between processes."""
