"""What the activity room holds, by noun."""

from activity.models.building import Impact, ImpactMonth, LineBuild
from activity.models.delays import Delay, RiskShare
from activity.models.lines import Line, Reading, Rebase, SpcProfile, WeeklyCount
from activity.models.measures import Measure
from activity.models.recovery import RecoveryAction, RecoveryMonth, RecoveryPlan, RecoveryReview

__all__ = [
    "Delay",
    "Impact",
    "ImpactMonth",
    "Line",
    "LineBuild",
    "Measure",
    "Reading",
    "Rebase",
    "RecoveryAction",
    "RecoveryMonth",
    "RecoveryPlan",
    "RecoveryReview",
    "RiskShare",
    "SpcProfile",
    "WeeklyCount",
]
