"""What may be done in the finance room, by noun."""
