"""Collecting: Stripe, bank transfers, dunning, reconciliation."""
