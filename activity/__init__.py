"""What it does to demand and waiting: measures, plan lines and their monthly readings."""
