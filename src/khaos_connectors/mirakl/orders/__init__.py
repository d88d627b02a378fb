"""Reading orders, and what may be done with them in which state."""
