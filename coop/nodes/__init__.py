"""The sites of the co-op: zones, bins, carts, opening hours, and who works there."""
