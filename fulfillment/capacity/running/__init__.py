"""Running a node's pools: what is published for which day, what was used, and who is let past a limit."""
