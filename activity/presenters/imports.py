"""Imports in words and rows: the list of batches, what one would do or did, and what its files said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activity.imports.ground import Effect, KnownLine, Outcome, Preview, exact
from activity.imports.sources import SOURCES
from activity.presenters.words import Address
from opplan.calc.ratios import Kind, value_of
from opplan.imports.provenance import Basis
from opplan.imports.queries import DISCARDED, LOADED, PREVIEWED, UNDONE, BatchSummary, ChangeRecord, FileRecord
from opplan.imports.report import Severity
from opplan.web import formats
from opplan.web.formats import counted

if TYPE_CHECKING:
    from opplan.imports.models import Batch

CUTS = {
    "care": "by type of care",
    "body": "by responsible organisation",
    "reason": "by reason",
    "all": "by care, organisation and reason",
}
WORDS = {"acute": "acute", "non_acute": "non-acute", "nhs": "NHS", "social_care": "social care", "both": "both"}
STATUS_CLASS: dict[str, str] = {PREVIEWED: "op-status op-status--due", UNDONE: "op-status", DISCARDED: "op-status"}


def title_of(source: str) -> str:
    """A source's title; its name where it is no longer known."""
    return SOURCES[source].TITLE if source in SOURCES else source or "Not recognised"


# The list


@dataclass(frozen=True)
class BatchRow:
    """A batch as the list shows it."""

    key: int
    url: str
    name: str
    source: str
    new: str
    changed: str
    same: str
    refused: str
    state: str
    state_class: str
    who: str
    when: str


def batch_rows(batches: Iterable[BatchSummary], address: Address) -> list[BatchRow]:
    rows = []
    for one in batches:
        who, when = one.last_act
        more = f" and {counted(one.files - 1, 'more file')}" if one.files > 1 else ""
        rows.append(
            BatchRow(
                one.key,
                address(str(one.key)),
                f"{one.name}{more}",
                title_of(one.source),
                formats.number(one.new),
                formats.number(one.changed),
                formats.number(one.same),
                formats.number(one.refused),
                one.state_label,
                STATUS_CLASS.get(one.state, ""),
                who or "a command",
                formats.moment(when),
            )
        )
    return rows


def list_headline(batches: Sequence[BatchSummary]) -> str:
    loaded = [one for one in batches if one.state == LOADED]
    if not loaded:
        return "No published file has been loaded into this plan yet"
    figures = sum(one.new + one.changed for one in loaded)
    files = sum(one.files for one in loaded)
    return f"{formats.number(figures)} figures have been loaded from {counted(files, 'published file')}"


def list_lead(batches: Sequence[BatchSummary]) -> str:
    waiting = sum(1 for one in batches if one.state == PREVIEWED)
    if waiting:
        return f"{counted(waiting, 'upload').capitalize()} {'waits' if waiting == 1 else 'wait'} to be loaded or discarded."
    return "Files are read and shown first; nothing changes until they are loaded, all of them or none."


# One batch


@dataclass(frozen=True)
class Row:
    """A figure that an import would write, wrote, or is refused, in words."""

    what: str
    whose: str
    url: str
    period: str
    kind: str
    was: str
    will: str
    place: str
    note: str


@dataclass(frozen=True)
class Named:
    """What a line is called."""

    name: str
    title: str
    kind: Kind


def order_of(one: Effect) -> tuple[bool, bool, str, date]:
    """What changes before what is new, readings before delays, then by line and month."""
    return one.outcome is not Outcome.CHANGED, one.line is None, one.line.reference if one.line else "", one.period


def effect_rows(effects: Iterable[Effect], address: Address) -> list[Row]:
    """Rows of a preview."""
    return [_effect_row(one, address) for one in effects]


def _effect_row(one: Effect, address: Address) -> Row:
    if one.line is not None:
        named = Named(one.line.measure.short_name, one.line.title, one.line.measure.kind)
        url = address(one.line.reference) if one.line.key is not None else ""
        what, whose = f"{named.name}, {one.line.reference}", one.line.title
        was, will = (said(named.kind, values) if values else "" for values in (one.was, one.will))
        period = period_of(one.period, one.line.frequency)
    else:
        assert one.delay is not None
        place, _, cut, care, body, reason = one.delay
        what, whose, url = f"Delayed days, {place}", category(cut, care, body, reason), ""
        was, will = (said_delay(values) if values else "" for values in (one.was, one.will))
        period = formats.short_month(one.period)
    return Row(what, whose, url, period, one.outcome.value, was, will, str(one.place), one.reason or one.entered)


def change_rows(changes: Iterable[ChangeRecord], names: Mapping[str, Named], address: Address) -> list[Row]:
    """Rows of what a batch wrote, except the lines that it added."""
    return [_change_row(one, names, address) for one in changes if one.kind != "line"]


def _change_row(one: ChangeRecord, names: Mapping[str, Named], address: Address) -> Row:
    now, was = one.now, one.was
    period = formats.short_month(date.fromisoformat(now["period"]))
    if "line" in now:
        named = names.get(now["line"]) or Named("A line that is gone", "", Kind.COUNT)
        url = address(now["line"]) if now["line"] in names else ""
        what, whose = f"{named.name}, {now['line']}", named.title
        held = said(named.kind, _values(was)) if was else ""
        will = said(named.kind, _values(now))
        note = was["source"] if was and was["basis"] == Basis.ENTERED and held else ""
    else:
        what, url, note = f"Delayed days, {now['place']}", "", ""
        whose = category(now["cut"], now["care"], now["body"], now["reason"])
        held = said_delay((_decimal(was["days"]), _decimal(was["patients"]), was["status"])) if was else ""
        will = said_delay((_decimal(now["days"]), _decimal(now["patients"]), now["status"]))
    return Row(what, whose, url, period, "changed" if held else "new", held, will, one.place, note)


def _values(held: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None, str]:
    return _decimal(held["numerator"]), _decimal(held["denominator"]), held["status"]


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def said(kind: Kind, values: tuple[Decimal | None, Decimal | None, str]) -> str:
    """A figure in the measure's unit with its parts and its status: “170.2 (5,106 / 30), final”."""
    numerator, denominator, status = values
    firmness = status.replace("_", " ")
    if numerator is None:
        return firmness
    text = formats.measure_value(value_of(kind, numerator, denominator), kind)
    if denominator is not None:
        text += f" ({_part(numerator)} / {_part(denominator)})"
    return f"{text}, {firmness}" if firmness and firmness != "final" else text


def _part(value: Decimal | None) -> str:
    """A numerator or denominator with its thousands apart, and the decimals that it has."""
    places = len((exact(value) or "").partition(".")[2])
    return formats.number(value, places)


def said_delay(values: tuple[Decimal | None, Decimal | None, str]) -> str:
    days, patients, _ = values
    return f"{_part(days)} days" + (f", {_part(patients)} patients" if patients is not None else "")


def category(cut: str, care: str, body: str, reason: str) -> str:
    """A category of delays in words: “by reason: DII”."""
    parts = [WORDS.get(care, care), WORDS.get(body, body), reason]
    return f"{CUTS.get(cut, cut)}: {', '.join(part for part in parts if part)}"


def period_of(period: date, frequency: str) -> str:
    """Sep 2016; Jul to Sep 2016 for a quarter."""
    if frequency == "quarter":
        return f"quarter from {formats.short_month(period)}"
    return f"year from {formats.short_month(period)}" if frequency == "year" else formats.short_month(period)


@dataclass(frozen=True)
class Words:
    """Messages of one severity."""

    severity: str
    title: str
    messages: list[dict[str, str]]
    more: int


TITLES = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.NOTE: "Notes"}
MESSAGES_SHOWN = {Severity.ERROR: 100, Severity.WARNING: 60, Severity.NOTE: 40}


def message_groups(messages: Sequence[Mapping[str, Any]]) -> list[Words]:
    """Messages by severity, the first of each."""
    groups = []
    for severity in Severity:
        found = [one for one in messages if one["severity"] == severity]
        if found:
            shown = [
                {
                    "place": ", ".join(part for part in (one["file"], one["sheet"], one["cell"]) if part),
                    "text": one["text"][:1].upper() + one["text"][1:],
                }
                for one in found[: MESSAGES_SHOWN[severity]]
            ]
            groups.append(Words(severity, TITLES[severity], shown, len(found) - len(shown)))
    return groups


def preview_headline(preview: Preview, errors: int) -> str:
    """What loading would do, in a sentence."""
    new, changed = preview.number(Outcome.NEW), preview.number(Outcome.CHANGED)
    same = preview.number(Outcome.SAME)
    if errors:
        return f"Nothing can be loaded: {counted(errors, 'error')} in the files"
    if not new and not changed and not preview.refused:
        return (
            f"Nothing would change: all {formats.number(same)} figures are held already"
            if same
            else "The files hold nothing for this plan"
        )
    refused = f"; {formats.number(len(preview.refused))} refused" if preview.refused else ""
    wrote = [f"{formats.number(new)} new" if new else "", f"{formats.number(changed)} changed" if changed else ""]
    body = " and ".join(part for part in wrote if part) or "No"
    return (
        f"{body} {'figure' if new + changed == 1 else 'figures'} to load, {formats.number(same)} held already{refused}"
    )


def done_headline(batch: Batch) -> str:
    """What a batch did, in a sentence."""
    counts = f"{formats.number(batch.new)} new and {formats.number(batch.changed)} changed figures"
    if batch.state == UNDONE:
        return f"Undone: {counts} were taken back"
    if batch.state == DISCARDED:
        return "Discarded: nothing of these files was loaded"
    return f"Loaded: {counts}; {formats.number(batch.same)} were held already"


def proposed_rows(lines: Iterable[KnownLine]) -> list[dict[str, str]]:
    """The lines that an import would add."""
    return [
        {
            "reference": line.reference,
            "name": line.measure.short_name,
            "whose": line.title or "Whole commissioner",
            "frequency": {"month": "monthly", "quarter": "quarterly", "year": "yearly"}.get(
                line.frequency, line.frequency
            ),
        }
        for line in lines
    ]


def size_of(size: int) -> str:
    """98 KB, 2.1 MB."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} KB"


@dataclass(frozen=True)
class FileRow:
    """A file of a batch in words."""

    name: str
    size: str
    digest: str
    earlier: str
    earlier_url: str


def file_rows(files: Iterable[FileRecord], address: Address) -> list[FileRow]:
    return [
        FileRow(
            one.name,
            size_of(one.size),
            one.digest[:16],
            f"import {one.earlier}" if one.earlier else "",
            address(str(one.earlier)) if one.earlier else "",
        )
        for one in files
    ]


DOWNLOAD_HEADS = (
    *("outcome", "line or place", "period", "was numerator", "was denominator", "was status"),
    *("numerator", "denominator", "status", "file, sheet, cell", "remark"),
)


def effect_cells(effects: Iterable[Effect]) -> list[list[Any]]:
    """Every row of a preview as values; of delays days stand as the numerator and patients as the denominator."""
    rows = []
    for one in effects:
        row = (
            one.line.reference
            if one.line
            else " ".join(part for part in (one.delay or ())[:1] + (one.delay or ())[2:] if part)
        )
        was = one.was or (None, None, "")
        rows.append(
            [one.outcome.value, row, one.period.isoformat(), exact(was[0]), exact(was[1]), was[2]]
            + [exact(one.will[0]), exact(one.will[1]), one.will[2], str(one.place), one.reason or one.entered]
        )
    return rows


def change_cells(changes: Iterable[ChangeRecord]) -> list[list[Any]]:
    """Every row that a batch wrote as values."""
    rows = []
    for one in changes:
        if one.kind == "line":
            rows.append(["new line", one.now["line"], *[""] * 9])
            continue
        top, bottom = ("numerator", "denominator") if "line" in one.now else ("days", "patients")
        was = one.was or {top: None, bottom: None, "status": ""}
        named = one.now.get("line") or " ".join(
            one.now[part] for part in ("place", "cut", "care", "body", "reason") if one.now[part]
        )
        rows.append(
            [
                "changed" if one.was and one.was[top] is not None else "new",
                named,
                one.now["period"],
                was[top],
                was[bottom],
                was["status"],
            ]
            + [one.now[top], one.now[bottom], one.now["status"], one.place, ""]
        )
    return rows
