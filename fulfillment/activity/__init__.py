"""The ledger of work: what was done, for whom, where, how much of it."""
