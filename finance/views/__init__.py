"""The pages of the finance room, a module a noun."""
