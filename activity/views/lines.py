from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from activity import presenters
from activity.actions import ReadingsChanged, record_readings
from activity.filters import LineFilter
from activity.forms import Entry, opened_entry, rights
from activity.queries import (
    LinePosition,
    LineRecord,
    failing,
    find_line,
    line_positions,
    line_record,
    line_variation,
    lines_of,
    recovery_of_line,
    whole_of,
    wholes,
)
from activity.queries.delays import WEEKLY
from activity.tables import LineTable
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import tolerances
from opplan.web import formats
from opplan.web.tables import PER_PAGE, download


def _positions(scope: Scope) -> list[LinePosition]:
    return line_positions(scope.plan, scope.month, tolerances(scope.plan))


def _filter(request: HttpRequest, scope: Scope, positions: list[LinePosition]) -> LineFilter:
    held = [month.period for one in positions for month in one.year if month.actual is not None]
    last = max([*held, scope.month, scope.plan.reporting_month or scope.month])
    months = [month for month in scope.plan.months if month <= last]
    return LineFilter(
        request.GET or None,
        queryset=lines_of(scope.plan),
        positions=positions,
        months=months,
        now=scope.month,
    )


@require_GET
@needs(Capability.VIEW_PLAN)
def lines(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every plan line at a month, by area: filtered, searched, sorted and paged through the address."""
    positions = _positions(scope)
    chosen = _filter(request, scope, positions)
    shown = chosen.kept()
    rows = presenters.line_rows(shown, lambda reference: scope.url("activity:line", reference=reference))
    table = LineTable(rows, caption=f"Plan lines, {formats.month(scope.month)}")
    table.columns["actual"].column.verbose_name = formats.short_month(scope.month)
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    return render(
        request,
        "activity/lines.html",
        {
            "scope": scope,
            "headline": presenters.headline(positions, scope.month),
            "lead": presenters.lead(positions, scope.month),
            "unequal": presenters.parts_findings(wholes(scope.plan, positions)),
            "filter": chosen,
            "table": table,
            "shown": len(shown),
            "total": len(positions),
            "all_url": scope.url("activity:lines"),
            "download_url": scope.url("activity:lines_download"),
        },
    )


@require_GET
@needs(Capability.VIEW_PLAN)
def lines_download(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The lines that the list shows, with the same filter, as CSV."""
    shown = _filter(request, scope, _positions(scope)).kept()
    name = f"{scope.plan.organisation.code} {scope.plan.year} activity {scope.month:%Y-%m}".replace(" ", "-")
    return download(name, presenters.LIST_HEADS, presenters.list_cells(shown))


@require_http_methods(["GET", "POST"])
@needs(Capability.VIEW_PLAN)
def line(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One plan line: where it stands, its figures, its definition and history; and for those who may, entry of its readings."""
    found = _record(scope, reference)
    weekly = found.position.frequency == "week"
    may_enter = scope.may(Capability.RECORD_READING) or scope.may(Capability.EDIT_PLAN)
    entry = _entry(scope, found)
    if request.method == "POST":
        if weekly or not may_enter:
            raise Http404("No such page")
        entry = entry.read(request.POST)
        if entry.ready:
            try:
                months = record_readings(found.line, entry.changes, status=entry.statuses, by=scope.user, why=entry.why)
            except ReadingsChanged:
                found = _record(scope, reference)
                entry = _entry(scope, found).read(request.POST)
            except ValidationError as refused:
                entry.refuse(refused)
            else:
                messages.success(request, presenters.saved(months))
                return redirect(scope.url("activity:line", reference=reference))
    variation = line_variation(found.line, found.position, found.held)
    return render(
        request,
        "activity/line.html",
        {
            "scope": scope,
            "page": presenters.line_page(found, scope.plan.reporting_month, variation),
            "spc": presenters.spc_of(found, variation),
            "recovery": presenters.line_recovery(
                recovery_of_line(found.line, scope.month),
                found.position,
                scope.month,
                scope.url,
                fails=failing(found.position),
            ),
            "planning": presenters.line_planning(found, scope.may(Capability.EDIT_PLAN)),
            "parts": presenters.parts_table(whole, scope.url) if (whole := whole_of(found)) else None,
            "may_recover": scope.may(Capability.UPDATE_PROGRESS),
            "limits_url": scope.url("activity:limits", reference=reference) if scope.may(Capability.EDIT_PLAN) else "",
            "entry": entry if not weekly and (entry.grid.editable or entry.errors) else None,
            "may_enter": may_enter,
            "weekly": weekly,
            "weeks_url": scope.url("activity:delays_weeks") if found.position.code == WEEKLY else "",
            "steps": presenters.steps(found.position, scope.url("activity:lines")),
            "download_url": scope.url("activity:line_download", reference=reference),
        },
        status=entry.status,
    )


def _record(scope: Scope, reference: str) -> LineRecord:
    """What is held of the line at this reference. 404 where the plan has none."""
    row = find_line(scope.plan, reference)
    if row is None:
        raise Http404("No such line")
    return line_record(row, scope.month, tolerances(scope.plan))


def _entry(scope: Scope, found: LineRecord) -> Entry:
    """The months that this person may change, ready to be typed in."""
    mine = rights(
        scope.plan.months,
        scope.closed_months,
        scope.plan.reporting_month,
        may_record=scope.may(Capability.RECORD_READING),
        may_plan=scope.may(Capability.EDIT_PLAN),
    )
    return opened_entry(found, mine, closed=scope.closed_months, reported=scope.plan.reporting_month)


@require_GET
@needs(Capability.VIEW_PLAN)
def line_download(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Every reading of one line, earlier years too, as CSV."""
    found = _record(scope, reference)
    name = f"{scope.plan.organisation.code}-{scope.plan.year}-{reference}"
    return download(name, presenters.FIGURE_HEADS, presenters.figure_cells(reference, found.held))
