"""Reads of the submissions roof, by noun."""
