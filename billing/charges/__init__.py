"""Rating: activity becomes charges, each once."""
