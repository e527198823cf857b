"""A storm over shared pools: many processes book, hold, change and release, are killed, and everything is counted after."""
