"""The doors to capacity, by whose they are."""
