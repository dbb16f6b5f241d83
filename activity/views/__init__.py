"""The pages of the activity room, a module a noun."""
