"""The operator's board, the floor's home: what must leave, who is at it, what is in the way."""
