"""The ledger of goods: stock, what comes in, where it is put, what is counted."""
