"""What work costs: rate cards and the pure price."""
