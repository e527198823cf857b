"""Looking ahead: what needs a creator, how the nodes do."""
