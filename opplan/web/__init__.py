"""How it looks: the one formatter, the words of a rating, charts, the month grid, forms, tables and template tags. No models."""
