"""Booking slots, holding them, changing them, giving them back, and what that costs."""
