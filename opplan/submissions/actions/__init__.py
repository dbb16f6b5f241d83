"""What may be done with submissions, by noun."""
