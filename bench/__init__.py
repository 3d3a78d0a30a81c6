"""Benchmarks: each asks the real thing for a figure, with the raw one beside it; `make bench` writes RESULTS.md."""
