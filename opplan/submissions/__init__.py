"""Joins the rooms for Excel: the workbook of a plan at a month, what it lacks, and the checks that travel with it."""
