"""The figures of a plan by name, as the narrative inserts them. Each comes from the query that owns it; none is computed here."""
