"""The first page of each role, and which places are whose."""
