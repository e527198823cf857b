"""Slots: what is free, who booked it, who waits for it, and the pools behind."""
