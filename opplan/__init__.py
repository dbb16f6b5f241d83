"""opplan: the yearly operational plan of an English NHS commissioner. See docs/ for why the house is built as it is."""
