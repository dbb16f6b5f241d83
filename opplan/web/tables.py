"""Columns that every room's lists share, and the list as a download. One template dresses every table: templates/tables/table.html."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.http import HttpResponse
from django.template.loader import render_to_string

from opplan.web import formats
from opplan.web.reasons import sentence

PER_PAGE, MOST_PER_PAGE = 25, 100
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Table(tables.Table):
    """A list in the house's dress: sortable headings, a caption, rows that stack on a phone, at most a hundred on a page."""

    class Meta:
        template_name = "tables/table.html"
        attrs = {"class": "op-table op-table--stack op-table--named"}
        orderable = True

    def __init__(self, *args: Any, caption: str = "", **kwargs: Any) -> None:
        """`caption` is the name of the list, for those who hear it."""
        super().__init__(*args, **kwargs)
        self.caption = caption

    def paginate(self, *args: Any, per_page: int | None = None, **kwargs: Any) -> Any:
        """Lay out in pages. The address may ask for more or fewer rows, within reason."""
        asked = PER_PAGE if per_page is None or per_page < 1 else min(per_page, MOST_PER_PAGE)
        return super().paginate(*args, per_page=asked, **kwargs)


class RatingColumn(tables.Column):
    """A rating's mark and word, with its reason beneath. Takes a Judgement."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"td": {"class": "op-why"}})
        super().__init__(**kwargs)

    def render(self, value: Any) -> str:
        return render_to_string("components/judgement.html", {"judgement": value, "reason": sentence(value)})

    def value(self, value: Any) -> str:
        return f"{value.rating}: {sentence(value)}"


class MoneyColumn(tables.Column):
    """Pounds, shown in £000."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"th": {"class": "op-n"}, "td": {"class": "op-n"}})
        super().__init__(**kwargs)

    def render(self, value: Any) -> str:
        return formats.in_thousands(value)


class FigureColumn(tables.Column):
    """A figure already written out, right-aligned."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"th": {"class": "op-n"}, "td": {"class": "op-n"}})
        super().__init__(**kwargs)


def safe_text(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; figures and dates stay what they are.

    Text that begins with apostrophes and then a formula gets one more, so that `own_text` always gives back what it was.
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip("'").lstrip(" ").startswith(FORMULA) else value


def own_text(text: str) -> str:
    """The text that `safe_text` made safe."""
    return text[1:] if text.startswith("'") and text.lstrip("'").lstrip(" ").startswith(FORMULA) else text


def download(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A list as a CSV file that Excel opens in the right encoding and runs nothing from."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(heads)
    writer.writerows([safe_text(value) for value in row] for row in rows)
    return response


def download_workbook(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A list as an Excel workbook of one sheet: figures as figures, a heading that stays in sight, and a filter on every column."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("List")
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        figure, words = book.add_format({"num_format": "#,##0"}), book.add_format({"text_wrap": True, "valign": "top"})
        widths = [max(9, min(len(one), 16)) for one in heads]
        last = 0
        for column, one in enumerate(heads):
            sheet.write_string(0, column, one, head)
        for last, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
                    sheet.write_number(last, column, float(value), figure)
                elif value is not None and value != "":
                    sheet.write_string(last, column, str(value), words)
                    widths[column] = max(widths[column], min(len(str(value)) + 1, 44))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, min(2, len(heads)))
        sheet.autofilter(0, 0, last, len(heads) - 1)
    response = HttpResponse(
        stream.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
