"""Every source by its name, as definitions call it."""

from opplan.submissions.sources import money, register
from opplan.submissions.sources.lines import LINES
from opplan.submissions.sources.questions import DOCUMENTS, QUESTIONS
from opplan.submissions.sources.savings import QIPP_RETURN, SAVINGS
from opplan.submissions.sources.table import Source

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        LINES,
        SAVINGS,
        QIPP_RETURN,
        register.INITIATIVES,
        register.MILESTONES,
        register.RECOVERIES,
        money.BUDGETS,
        money.BUDGET_YEARS,
        money.CONTRACTS,
        money.REQUIREMENT,
        money.RISKS,
        money.RULES,
        money.STRATEGY,
        money.TRIANGULATION,
        QUESTIONS,
        DOCUMENTS,
    )
}
