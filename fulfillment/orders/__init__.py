"""Orders from any channel, and which stock is promised to which of them."""
