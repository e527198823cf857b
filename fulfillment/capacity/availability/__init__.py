"""What is free, by whom it is taken, and why the rest is not; and the counters that are moved when somebody takes it."""
