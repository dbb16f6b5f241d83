"""What is typed in the finance room, by noun."""
