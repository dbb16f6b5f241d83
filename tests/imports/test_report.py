"""What an import says of its files."""

from opplan.imports.report import DISTINCT_MESSAGES, FURTHER_CELLS, Place, Report, Severity


def test_a_message_keeps_its_file_sheet_and_cell():
    report = Report()
    report.error(Place("April_16.xls", "LA - by reason", "H120"), "“abc” is not a number")
    (message,) = report.messages
    assert (message.file, message.sheet, message.cell) == ("April_16.xls", "LA - by reason", "H120")
    assert (message.severity, message.text, message.count) == ("error", "“abc” is not a number", 1)
    assert str(message.place) == "April_16.xls, LA - by reason, H120"


def test_the_same_thing_is_told_once_with_a_count_and_some_of_its_cells():
    report = Report()
    for row in range(1, 101):
        report.note(Place("a.csv", "", f"row {row}"), "“-” is kept as not applicable")
    (message,) = report.messages
    assert message.count == 100
    assert message.cell == "row 1"
    assert message.further == [f"row {row}" for row in range(2, 2 + FURTHER_CELLS)]


def test_the_same_thing_in_another_file_is_told_again():
    report = Report()
    for file in ("a.csv", "b.csv"):
        report.warning(Place(file, "", "row 1"), "blank")
    assert [message.file for message in report.messages] == ["a.csv", "b.csv"]


def test_severities_do_not_hide_each_other():
    report = Report()
    report.note(Place("a.csv"), "blank")
    report.error(Place("a.csv"), "blank")
    assert [message.severity for message in report.messages] == [Severity.NOTE, Severity.ERROR]
    assert [message.text for message in report.errors] == ["blank"]
    assert report.number(Severity.ERROR) == 1


def test_beyond_a_thousand_different_messages_the_rest_is_counted():
    report = Report()
    for row in range(DISTINCT_MESSAGES + 25):
        report.error(Place("a.csv", "", f"row {row}"), f"“{row}x” is not a number")
    assert len(report.messages) == DISTINCT_MESSAGES
    assert report.untold == 25
    assert report.number(Severity.ERROR) == DISTINCT_MESSAGES + 25


def test_rows_that_are_passed_over_are_counted_by_reason():
    report = Report()
    report.skip(Place("a.xls", "Provider"), 150, "rows of other organisations")
    report.skip(Place("b.xls", "Provider"), 151, "rows of other organisations")
    report.skip(None, 2, "blank rows")
    report.skip(None, 0, "nothing")
    assert report.skipped == 303
    assert [(skip.why, skip.number) for skip in report.skips] == [
        ("rows of other organisations", 301),
        ("blank rows", 2),
    ]
    assert report.messages == []


def test_what_is_said_of_several_files_names_each_or_all():
    report = Report(f"{name}.csv" for name in "abcde")
    for name in "aab":
        report.together(Severity.NOTE, Place(f"{name}.csv", "Sheet", "A1"), "of two")
    for name in "abcd":
        report.together(Severity.NOTE, Place(f"{name}.csv"), "of four")
    for name in "abcde":
        report.together(Severity.NOTE, Place(f"{name}.csv"), "of all")
    report.together(Severity.NOTE, Place("a.csv", "Sheet", "A1"), "of one")
    assert [(message.text, str(message.place), message.count) for message in report.messages] == [
        ("of two", "a.csv, b.csv", 1),
        ("of four", "a.csv, b.csv, c.csv and 1 more file", 1),
        ("of all", "all files", 1),
        ("of one", "a.csv, Sheet, A1", 1),
    ]


def test_rows_that_are_passed_over_name_their_sheet_where_it_is_one():
    report = Report(["a.xls", "b.xls"])
    report.skip(Place("a.xls", "Provider", "A1"), 1, "one sheet")
    report.skip(Place("a.xls", "Provider"), 1, "two sheets")
    report.skip(Place("a.xls", "Board"), 1, "two sheets")
    report.skip(Place("a.xls", "Provider"), 1, "two files")
    report.skip(Place("b.xls", "Provider"), 1, "two files")
    report.skip(None, 1, "no file")
    assert [str(report.where_skipped(skip)) for skip in report.skips] == ["a.xls, Provider", "a.xls", "all files", ""]
