"""What people give to submissions, by noun."""
