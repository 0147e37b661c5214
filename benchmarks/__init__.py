"""Measurements side by side with peers on the same work: `python -m benchmarks`."""
