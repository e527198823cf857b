"""What is no room but what rooms are made of: acts, locks, the clock, ids, errors, constraints, history, money, paging."""
