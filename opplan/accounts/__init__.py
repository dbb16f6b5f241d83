"""Who may do what: users, their membership of organisations, and the scope in which a request runs."""
