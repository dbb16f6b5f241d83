"""A good file that was damaged on its way is read, or refused with a reason: nothing else ever happens.

A thousand damages: to a workbook as it is packed, to the sheets inside it, to an old .xls workbook, and to a CSV.
"""

import io
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activity.imports import dtoc, mar
from opplan.imports.files import Unreadable, opened
from opplan.imports.report import Report
from tests.activity.imports.books import RAW, needs_raw
from tests.activity.imports.test_dtoc import OXFORDSHIRE, TestCsv, Workbook

ANY_PLACE = st.integers(min_value=0, max_value=2**31)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), ANY_PLACE, st.integers(0, 255)),
        st.tuples(st.just("cut"), ANY_PLACE, st.integers(1, 700)),
        st.tuples(st.just("insert"), ANY_PLACE, st.binary(min_size=1, max_size=40)),
        st.tuples(st.just("truncate"), ANY_PLACE, st.none()),
    ),
    min_size=1,
    max_size=8,
)


def often(times: int) -> Callable:  # type: ignore[type-arg]
    return settings(
        max_examples=times,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )


def damaged(content: bytes, edits: list) -> bytes:  # type: ignore[type-arg]
    changed = bytearray(content)
    for kind, place, what in edits:
        at = place % max(len(changed), 1)
        if kind == "flip" and changed:
            changed[at] = what
        elif kind == "cut":
            del changed[at : at + what]
        elif kind == "insert":
            changed[at:at] = what
        elif kind == "truncate":
            del changed[at:]
    return bytes(changed)


def read_or_refuse(content: bytes) -> None:
    """What an import does with a file: every figure has its place, every refusal says something."""
    report = Report()
    try:
        books = opened("damaged.file", content)
    except Unreadable as problem:
        books = []
        refusal = str(problem)
    else:
        refusal = "damaged.file"
    assert refusal.startswith("damaged.file")
    for book in books:
        for source, wanted in ((dtoc, frozenset(OXFORDSHIRE)), (mar, frozenset({"RTH"}))):
            source.recognises(book)
            for figure in source.read(book, wanted, report):
                assert figure.place.file == book.file
                assert figure.organisation in wanted
    for message in report.messages:
        assert message.file
        assert message.text


GOOD = Workbook(beds=True, period="April 2017").content()
GOOD_PARTS = {
    name: zipfile.ZipFile(io.BytesIO(GOOD)).read(name) for name in zipfile.ZipFile(io.BytesIO(GOOD)).namelist()
}
CSV = TestCsv()
GOOD_CSV = "\r\n".join(
    ",".join(f'"{cell}"' if " " in str(cell) else str(cell) for cell in row)
    for row in [
        *CSV.PREAMBLE,
        CSV.HEADING,
        *(
            CSV.row("RTH", "608", "Acute", reason, 1, 20, 0, 3, "", "")
            for reason in ("A_COMPLETION_ASSESSMENT", "H_DISPUTES")
        ),
    ]
).encode()


@given(edits=EDITS)
@often(300)
def test_a_damaged_workbook_is_read_or_refused(edits):
    read_or_refuse(damaged(GOOD, edits))


@given(part=st.sampled_from(sorted(GOOD_PARTS)), edits=EDITS)
@often(250)
def test_a_workbook_with_a_damaged_part_is_read_or_refused(part, edits):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in GOOD_PARTS.items():
            archive.writestr(name, damaged(content, edits) if name == part else content)
    read_or_refuse(out.getvalue())


@given(edits=EDITS)
@often(300)
def test_a_damaged_csv_is_read_or_refused(edits):
    read_or_refuse(damaged(GOOD_CSV, edits))


@pytest.fixture(scope="module")
def published_workbook() -> bytes:
    return (RAW / "dtoc" / "April_11.xls").read_bytes()


@needs_raw
@given(edits=EDITS)
@often(150)
def test_a_damaged_published_workbook_is_read_or_refused(published_workbook, edits):
    read_or_refuse(damaged(published_workbook, edits))


@needs_raw
@pytest.mark.parametrize("kept", [100, 511, 512, 4_096, 40_000, 86_000])
def test_a_published_workbook_that_was_cut_off_is_refused(published_workbook, kept):
    with pytest.raises(Unreadable, match=r"damaged|cut off"):
        opened("April_11.xls", published_workbook[:kept])
