"""The pages of submissions, by noun."""
