"""Statistical process control: XmR charts (individual values and moving ranges) as NHS England's Making Data Count reads them.

Says whether a month is unusual for its process, and whether the process as it stands keeps to its target. Follows NHSRplotthedots
0.2.2 to nine digits; where that leaves a question open (a constant series, a missing month) the answer is told where it is taken.
"""

from opplan.calc.spc.limits import Figure, Limits
from opplan.calc.spc.profiles import (
    IMPROVES,
    LEAST_FIXED,
    MDC_6,
    MDC_7,
    NO_SCREENING,
    PLOT_THE_DOTS,
    PROFILES,
    SETTLED,
    Assurance,
    Improvement,
    PointType,
    Profile,
    Rule,
)
from opplan.calc.spc.rules import Finding
from opplan.calc.spc.xmr import Analysis, Point, Segment, analysed

__all__ = [
    "IMPROVES",
    "LEAST_FIXED",
    "MDC_6",
    "MDC_7",
    "NO_SCREENING",
    "PLOT_THE_DOTS",
    "PROFILES",
    "SETTLED",
    "Analysis",
    "Assurance",
    "Figure",
    "Finding",
    "Improvement",
    "Limits",
    "Point",
    "PointType",
    "Profile",
    "Rule",
    "Segment",
    "analysed",
]
