"""Who can sign in, and what every door is made of."""
