"""Replenishment cycles, drops and what is sold of them before it is there."""
