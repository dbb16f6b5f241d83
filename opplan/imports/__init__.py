"""How files come in, and where a figure comes from."""
