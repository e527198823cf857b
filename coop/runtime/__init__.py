"""What keeps the house running: bundled servers and processes, fail-points, the outbox and its events, audit, backup."""
