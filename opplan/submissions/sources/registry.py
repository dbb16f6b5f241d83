"""Every source by its name, as definitions call it."""

from opplan.submissions.sources.lines import LINES
from opplan.submissions.sources.register import INITIATIVES, MILESTONES, RECOVERIES
from opplan.submissions.sources.savings import SAVINGS
from opplan.submissions.sources.table import Source

SOURCES: dict[str, Source] = {source.name: source for source in (INITIATIVES, LINES, MILESTONES, RECOVERIES, SAVINGS)}
