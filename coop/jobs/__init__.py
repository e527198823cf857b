"""Long work with progress, a file before and a report after it."""
