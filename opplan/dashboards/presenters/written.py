"""The board's long tables as HTML. A template takes five times as long for each cell, and a board holds a thousand."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe

from opplan.dashboards.presenters.rows import Row, late_rows, line_groups, programme_rows
from opplan.dashboards.presenters.words import Address
from opplan.dashboards.queries import Standing
from opplan.web.marks import written

PROGRAMME = (
    '<tr><th scope="row"><a href="{url}">{title}<span class="nhsuk-u-visually-hidden">, programme</span></a></th>'
    '<td class="op-mark">{rag}</td><td class="op-why">{why}{tag}</td>'
    '<td class="op-n" data-label="Milestones complete">{milestones}</td>'
    '<td class="op-n" data-label="Saved, £000">{saved} <span class="op-missing">{planned}</span></td>'
    '<td data-label="Owner">{owner}</td></tr>\n'
)
PART = (
    '<tr class="op-part"><th scope="row"><a href="{url}">{title}<span class="nhsuk-u-visually-hidden">, initiative</span></a></th>'
    '<td class="op-mark">{rag}</td><td class="op-why" colspan="3">{why}{tag}</td><td data-label="Owner">{owner}</td></tr>\n'
)
MORE = (
    '<tr class="op-part"><th scope="row"><a href="{url}">{more} more<span class="nhsuk-u-visually-hidden"> of {title}</span></a></th>'
    '<td colspan="5"></td></tr>\n'
)
AREA = '<tr><th scope="rowgroup" colspan="8">{area}</th></tr>\n'
LINE = (
    '<tr><th scope="row"><a href="{url}">{title}</a><br><span class="op-moved">{whose}</span></th>'
    '<td class="op-n" data-label="Standard">{standard}</td><td class="op-n" data-label="Plan">{plan}</td>'
    '<td class="op-n" data-label="Actual"><b>{actual}</b></td><td class="op-mark">{rag}</td><td class="op-why">{why}</td>'
    '<td data-label="Status"><span class="op-moved">{status}</span>{tag}</td><td class="op-mark">{spark}</td></tr>\n'
)
LINE_WITHOUT_ACTUAL = LINE.replace("<b>{actual}</b>", '<span class="op-missing">–</span>')
LATE = (
    '<tr><th scope="row"><a href="{url}">{title}<span class="nhsuk-u-visually-hidden">, {initiative}</span></a><br>'
    '<span class="op-moved" aria-hidden="true">{initiative}</span></th><td class="op-n op-nowrap" data-label="Due">{due}</td>'
    '<td class="op-n op-nowrap" data-label="Now expected">{expected}</td><td class="op-mark">{rag}</td>'
    '<td class="op-why">{why}{tag}</td><td data-label="Owner">{owner}</td></tr>\n'
)


def programme_table(whole: Standing, urls: Address) -> SafeString:
    """A body a programme: its own row, and those of its initiatives that need attention."""
    return _bodies([_programme(row) for row in programme_rows(whole, urls)], ' class="op-programme"')


def _programme(row: Row) -> list[str]:
    parts = [written(PART, part) for part in row["parts"]]
    return [written(PROGRAMME, row), *parts, *([written(MORE, row)] if row["more"] else [])]


def line_table(whole: Standing, urls: Address) -> SafeString:
    """A body an area of the catalogue: the board's measures with their trends."""
    return _bodies(
        [
            [
                written(AREA, {"area": area}),
                *(written(LINE if row["actual"] else LINE_WITHOUT_ACTUAL, row) for row in rows),
            ]
            for area, rows in line_groups(whole, urls)
        ]
    )


def late_table(whole: Standing, urls: Address) -> SafeString:
    """The milestones that are overdue or expected late, the longest first."""
    return _bodies([[written(LATE, row) for row in late_rows(whole, urls)]])


def _bodies(bodies: Sequence[Sequence[str]], attributes: str = "") -> SafeString:
    return mark_safe("".join(f"<tbody{attributes}>{''.join(rows)}</tbody>\n" for rows in bodies))
