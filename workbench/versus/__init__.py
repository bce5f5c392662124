"""Measure runtimes side by side in one session and compute their ratios."""
