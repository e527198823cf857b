"""The other side of what goes through the web server: views that do as little as can be done, in the same process."""
