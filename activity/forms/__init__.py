"""What people type in the activity room."""

from activity.forms.readings import Entry, opened_entry, rights

__all__ = ["Entry", "opened_entry", "rights"]
