"""What is raised for a file that cannot be read."""


class Unreadable(ValueError):
    """A file that cannot be read. Its text names the file, says what is wrong, and what to do about it."""
