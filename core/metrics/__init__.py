"""Counters, histograms and the time-stamp counter."""
