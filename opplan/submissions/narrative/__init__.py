"""The text of the operational plan narrative: names of figures in it, how it is read, where it disagrees, and how it changed."""
