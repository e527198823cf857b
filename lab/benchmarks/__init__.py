"""Benchmarks: each measures the program and, in the same run on the same machine, something to hold it against."""
