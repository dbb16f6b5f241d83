"""Joins the rooms for the eye: the governing body's board, the list of initiatives and each initiative's page."""
