"""The books: accounts, journal entries, postings."""
