"""Loads the calendar of submissions, the documents that go with them, the sections of the narrative, and what NHS England asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from opplan.imports.loading import BadRecord, Record, Sources, Tally, choice, day, found, load, records, whole
from opplan.submissions.models import Document, Question, Round, Section

if TYPE_CHECKING:
    from opplan.plans.models import Plan

QUESTION_WORDS = (
    "reference", "kind", "area", "asked", "template", "sheet", "cell", "owner", "answer", "assessed", "reply", "basis",
)  # fmt: skip


THIS_PLAN = "operational plan"
"""Rounds of another plan that opplan holds too, such as the Better Care Fund's, have a final submission that locks no baseline here."""


def load_submissions(plan: Plan, folder: Path, sources: Sources, *, initiatives: dict[str, Any]) -> dict[str, Tally]:
    """Load what the folder has of them; a plan document that names no dates has no rounds."""
    tallies = {}
    if (folder / "submission_rounds.csv").exists():
        tallies["submission rounds"] = load(
            Round,
            [
                {
                    "at": row["at"],
                    "plan": plan,
                    "reference": row["reference"],
                    "title": row["title"],
                    "due": day(row, "due"),
                    "templates": row["templates"].split(),
                    "scope": row["scope"],
                    "final": row["final"] == "yes" and row["plan"] == THIS_PLAN,
                    "submitted_before": day(row, "submitted"),
                    "note": " ".join(filter(None, _notes(row))),
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for row in records(folder / "submission_rounds.csv")
            ],
            ["reference"],
            {"plan": plan},
        )
    if (folder / "appendices.csv").exists():
        tallies["appendices"] = load(
            Document,
            [
                {
                    "at": row["at"],
                    "plan": plan,
                    "reference": f"APP-{row['letter']}",
                    "title": f"Appendix {row['letter']}: {row['title']}",
                    "status": Document.Status.NAMED.value,
                    "note": ". ".join(part for part in (row["contents"], row["note"]) if part),
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for row in records(folder / "appendices.csv")
            ],
            ["reference"],
            {"plan": plan},
        )
    if (folder / "supporting_documents.csv").exists():
        tallies["supporting documents"] = load(
            Document,
            [
                {
                    "at": row["at"],
                    "plan": plan,
                    "reference": row["reference"],
                    "title": row["title"],
                    "status": row["status"],
                    "initiative_id": found(initiatives, row, "initiative"),
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for row in records(folder / "supporting_documents.csv")
            ],
            ["reference"],
            {"plan": plan},
        )
    if (folder / "questions.csv").exists():
        tallies["questions"] = _load_questions(plan, folder / "questions.csv", sources)
    if (folder / "narrative.csv").exists():
        tallies["sections of the narrative"] = load(
            Section,
            [
                {
                    "at": row["at"],
                    "plan": plan,
                    "reference": row["reference"],
                    "position": whole(row, "position"),
                    "title": row["title"],
                    "text": _text(folder, row),
                    "owner": row["owner"],
                    "status": choice(row, "status", {one: one for one in Section.Status.values}),
                    "most_words": whole(row, "words_allowed") if row["words_allowed"] else None,
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for row in records(folder / "narrative.csv")
            ],
            ["reference"],
            {"plan": plan},
        )
    return tallies


def _load_questions(plan: Plan, path: Path, sources: Sources) -> Tally:
    """The queries and key lines of enquiry. The key of a cell is written block|row|column|month."""
    documents = {one.reference: one.pk for one in Document.objects.filter(plan=plan)}
    return load(
        Question,
        [
            {
                **{name: row[name] for name in QUESTION_WORDS},
                "at": row["at"],
                "plan": plan,
                "key": _key(row["key"]),
                "asked_on": day(row, "asked_on"),
                "due": day(row, "due"),
                "evidence_id": found(documents, row, "evidence"),
                "closed_on": day(row, "closed"),
                "source": sources.named(row["source"]),
            }
            for row in records(path)
        ],
        ["reference"],
        {"plan": plan},
    )


def _key(text: str) -> list[str | int]:
    if not text:
        return []
    *names, index = text.split("|")
    return [*names, int(index)]


def _text(folder: Path, row: Record) -> str:
    """The text of a section, in a file of its own by its reference."""
    path = folder / "narrative" / f"{row['reference']}.md"
    if not path.exists():
        raise BadRecord(f"{row['at']}: there is no text narrative/{path.name}")
    return path.read_text(encoding="utf-8").strip()


def _notes(row: dict[str, str]) -> list[str]:
    """What is said of a round beside its date."""
    of_another = row["final"] == "yes" and row["plan"] != THIS_PLAN
    return [
        f"Signed off by: {row['sign_off']}." if row["sign_off"] else "",
        f"Final submission of the {row['plan']} plan: it locks no baseline of the operational plan."
        if of_another
        else "",
        row["note"],
    ]
