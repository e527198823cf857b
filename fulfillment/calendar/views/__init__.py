"""The doors to calendars, and to the addresses under which programs read them."""
