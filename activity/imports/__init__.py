"""How activity comes in: the plans' fixtures, and published files by their content."""

from activity.imports.fixtures import load_lines, load_measures

__all__ = ["load_lines", "load_measures"]
