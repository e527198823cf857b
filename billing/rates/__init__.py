"""What work costs: rate cards, from which day on, for everybody or for one member."""
