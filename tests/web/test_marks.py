"""Marks and rows as HTML: what a person typed never becomes markup."""

from django.utils.safestring import mark_safe

from opplan.web import charts, marks


def test_a_row_is_written_with_every_value_escaped_unless_it_is_html_already() -> None:
    row = {"title": 'Care & "flow" <b>', "rag": mark_safe("<i>red</i>"), "count": 3, "unused": object()}
    found = marks.written("<td>{title}</td><td>{rag} {count} {title}</td>", row)
    title = "Care &amp; &quot;flow&quot; &lt;b&gt;"
    assert found == f"<td>{title}</td><td><i>red</i> 3 {title}</td>"


def test_a_row_that_holds_braces_is_written_as_it_is() -> None:
    assert marks.written("<td>{title}</td>", {"title": "{url}"}) == "<td>{url}</td>"


def test_the_label_of_a_trend_is_escaped() -> None:
    shown = marks.spark(charts.spark([1.0, None, 3.0], target=2.0), 'A&E "within" 4 hours')
    assert 'aria-label="A&amp;E &quot;within&quot; 4 hours"' in shown
    assert shown.count("<polyline") == 2
    assert marks.spark(charts.spark([None, None]), "Nothing") == ""
