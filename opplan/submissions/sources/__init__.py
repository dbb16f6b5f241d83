"""The named queries that the rows of a workbook come from, and go back to: one module a room."""
