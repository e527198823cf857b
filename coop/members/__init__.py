"""Member organisations, their people and keys, and who asks to join."""
