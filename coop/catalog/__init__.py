"""SKUs, and how each member wants its parcels packed."""
