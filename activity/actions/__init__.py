"""Writes of the activity room."""

from activity.actions.readings import FAULTS, ReadingChange, ReadingsChanged, ReasonNeeded, record_readings

__all__ = ["FAULTS", "ReadingChange", "ReadingsChanged", "ReasonNeeded", "record_readings"]
