"""Submissions in words and rows, by noun. Computes nothing."""
