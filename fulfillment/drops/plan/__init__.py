"""Before a drop sells: a node's cycles and their runs, what a drop needs, planning, previewing and reserving it."""
