"""From the announcement to the settlement: goods arrive or are late, the drop moves, opens, ends; what came back."""
