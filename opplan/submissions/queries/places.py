"""The cell that a question is tied to: found by its place when it is tied, and by its key ever after, wherever its row has moved."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from opplan.submissions.definition import find_definition
from opplan.submissions.filled import Cell, Filled, Key
from opplan.submissions.queries.templates import filled_template

if TYPE_CHECKING:
    from opplan.plans.models import Plan
    from opplan.submissions.models import Question


def cell_of(question: Question, template: Filled) -> Cell | None:
    """The question's cell where it stands in the template now; None where it is tied to none, or the row is gone."""
    return template.cells.get(Key(*question.key)) if len(question.key) == len(Key._fields) else None


def template_asked_about(question: Question, month: date) -> Filled | None:
    """The template that a question is about, filled; None where it is about the plan as a whole, or there is no such template."""
    definition = find_definition(question.plan.round, question.template) if question.template else None
    return filled_template(question.plan, definition, month) if definition else None


class NoSuchCell(ValueError):
    """A place that the template does not have. `field` says whether the sheet or the cell is wrong; the words say what to type."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def cell_at(plan: Plan, template: str, sheet: str, address: str) -> Cell:
    """The cell at an address such as D14 of a template as it is laid out today. NoSuchCell where it has none."""
    definition = find_definition(plan.round, template)
    if definition is None:
        raise NoSuchCell("template", f"There is no template {template} in this planning round. Choose from the list.")
    named = next((one.name for one in definition.sheets if one.name.lower() == sheet.strip().lower()), "")
    if not named:
        names = ", ".join(one.name for one in definition.sheets)
        raise NoSuchCell("sheet", f"{definition.title} has no sheet “{sheet[:31]}”. Type one of these: {names}.")
    wanted = address.replace("$", "").strip().upper()
    filled = filled_template(plan, definition, plan.reporting_month or plan.start)
    held = [cell for cell in filled.cells.values() if cell.sheet == named and cell.kind != "none"]
    found = next((cell for cell in held if cell.address == wanted), None)
    if found is None:
        example = next((f", such as {cell.address}" for cell in held if cell.kind == "input"), "")
        raise NoSuchCell(
            "cell",
            f"Sheet {named} of {definition.title} holds nothing in {wanted[:10] or 'that cell'}. Type the address of a cell with a "
            f"figure or an answer, as the workbook shows it{example}.",
        )
    return found
