"""Writes of the activity room."""

from activity.actions.building import (
    ImpactChange,
    add_impact,
    apply_phasing,
    change_impact,
    quantify_impact,
    save_build,
)
from activity.actions.limits import remove_rebase, set_limits, set_rebase
from activity.actions.lines import add_line, change_line
from activity.actions.measures import add_measure, change_measure
from activity.actions.readings import (
    WITHOUT_FIGURE,
    ReadingChange,
    ReadingsChanged,
    ReasonNeeded,
    fault_words,
    record_readings,
)
from activity.actions.recovery import (
    LONGEST_WORDS,
    LinesChanged,
    TrajectoryChange,
    TrajectoryChanged,
    add_action,
    change_action,
    change_recovery,
    close_recovery,
    open_recovery,
    record_review,
    reopen_recovery,
    set_trajectory,
)

__all__ = [
    "WITHOUT_FIGURE",
    "ImpactChange",
    "LONGEST_WORDS",
    "LinesChanged",
    "ReadingChange",
    "ReadingsChanged",
    "ReasonNeeded",
    "TrajectoryChange",
    "TrajectoryChanged",
    "add_action",
    "add_impact",
    "add_line",
    "add_measure",
    "apply_phasing",
    "change_action",
    "change_impact",
    "change_line",
    "change_measure",
    "change_recovery",
    "close_recovery",
    "fault_words",
    "open_recovery",
    "quantify_impact",
    "record_readings",
    "record_review",
    "remove_rebase",
    "reopen_recovery",
    "save_build",
    "set_limits",
    "set_rebase",
    "set_trajectory",
]
