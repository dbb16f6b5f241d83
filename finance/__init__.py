"""What it is worth: the savings requirement, QIPP schemes and their months."""
