"""Measurements: `make bench`. Ratios of one run, never limits of a test."""
