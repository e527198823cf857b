"""The node's days, the member's season, and feeds of both."""
