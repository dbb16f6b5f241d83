"""The pages of imports: upload, preview, load, undo; who may; and nothing that a file can hold makes a server error."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from activity.actions.imports import load_files, preview_files
from activity.models import Line, Reading
from opplan.accounts.models import User
from opplan.imports.actions import Upload
from opplan.imports.models import Batch, ColumnMapping
from opplan.plans.models import Plan
from tests.activity.imports.books import RAW, needs_raw
from tests.activity.imports.tables import HEAD, OCTOBER, everything, table
from tests.activity.imports.test_import_commands import BAD

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST = "/10Q/2016-17/activity/imports/"


def upload(client: Client, *files: Upload, **fields: str) -> Any:
    given = [SimpleUploadedFile(one.name, one.content) for one in files]
    return client.post(LIST, {"given": given, **fields})


def page(response: Any) -> str:
    return str(response.content.decode())


def seen(client: Client, address: str) -> str:
    return str(client.get(address).context["page"]["fingerprint"])


def test_an_analyst_uploads_previews_loads_and_undoes(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    before = everything(ccg)
    answer = upload(client, table(OCTOBER, "RTH,E.B.8,2016-10-01,9,10"))
    batch = Batch.objects.get()
    address = f"{LIST}{batch.pk}/"
    assert answer.status_code == 302
    assert answer["Location"] == address
    shown = page(client.get(address))
    assert "2 new figures to load, 0 held already" in shown
    assert "1 line would be added to the plan" in shown
    assert "E.B.8-RTH" in shown
    assert "96.0% (96 / 100)" in shown
    assert everything(ccg) == before
    loaded = client.post(address, {"do": "load", "seen": seen(client, address)}, follow=True)
    assert "Loaded: 2 new and 0 changed figures" in page(loaded)
    assert "Undo this import" in page(loaded)
    refused = client.post(address, {"do": "undo", "why": ""})
    assert refused.status_code == 422
    assert "Say why the import is undone" in page(refused)
    undone = client.post(address, {"do": "undo", "why": "The wrong file"}, follow=True)
    assert "The wrong file" in page(undone)
    assert everything(ccg) == before


def test_what_is_refused_is_shown_and_left_out_for_a_reason_alone(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    upload(client, table("10Q,E.B.3,2016-05-01,27000,29460", OCTOBER))
    address = f"{LIST}{Batch.objects.get().pk}/"
    shown = page(client.get(address))
    assert "May 2016 is closed. Ask the programme office" in shown
    assert "92.3% (27,190 / 29,460)" in shown
    form = {"do": "load", "seen": seen(client, address)}
    assert "are refused" in page(client.post(address, form))
    assert "Say why the figures that are refused are left out" in page(
        client.post(address, form | {"leave_refused": "on"})
    )
    done = client.post(address, form | {"leave_refused": "on", "why": "May is settled"}, follow=True)
    assert "Refused figures were left out: May is settled" in page(done)


def test_a_preview_that_is_out_of_date_is_shown_again(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    upload(client, table(OCTOBER))
    address = f"{LIST}{Batch.objects.get().pk}/"
    stale = seen(client, address)
    load_files(ccg, [table("10Q,E.B.8,2016-10-01,90,100")], by=None)
    answer = client.post(address, {"do": "load", "seen": stale})
    assert answer.status_code == 422
    assert "have changed since the preview" in page(answer)
    assert "90.0% (90 / 100)" in page(answer)


def test_a_batch_with_errors_offers_no_loading(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    upload(client, table(OCTOBER, "10Q,E.B.8,2016-11-01,many,100"))
    batch = Batch.objects.get()
    shown = page(client.get(f"{LIST}{batch.pk}/"))
    assert "Nothing can be loaded: 1 error in the files" in shown
    assert "“many” is not a number" in shown
    assert 'value="load"' not in shown
    client.post(f"{LIST}{batch.pk}/", {"do": "discard"})
    batch.refresh_from_db()
    assert batch.state == Batch.State.DISCARDED
    assert "Discarded" in page(client.get(f"{LIST}{batch.pk}/"))


def test_columns_are_chosen_and_the_choice_is_kept(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    strange = table("10Q,E.B.8,2016-10-01,96,100", head="wer,was,wann,oben,unten")
    upload(client, strange, source="generic")
    address = f"{LIST}{Batch.objects.get().pk}/"
    assert "Which column is which" in page(client.get(address))
    lacking = client.post(address, {"do": "columns", "organisation": "wer"})
    assert lacking.status_code == 422
    assert "Choose the column of the measure" in page(lacking)
    chosen = {"organisation": "wer", "measure": "was", "period": "wann", "numerator": "oben", "denominator": "unten"}
    done = client.post(address, {"do": "columns", "keep_as": "Monthly extract", **chosen}, follow=True)
    assert "1 new figure to load" in page(done)
    assert ColumnMapping.objects.get().name == "Monthly extract"
    upload(client, strange, source="generic")
    latest = f"{LIST}{Batch.objects.order_by('-pk')[0].pk}/?mapping=Monthly+extract"
    assert '<option value="wer" selected>' in page(client.get(latest))


def two_sheets() -> Upload:
    """A workbook whose two sheets are tables of one's own: one of waits, one of treatments."""
    import openpyxl

    book = openpyxl.Workbook()
    waits = book.active
    waits.title = "Waits"
    waits.append(HEAD.split(","))
    waits.append(["10Q", "E.B.8", "2016-10-01", 96, 100])
    treated = book.create_sheet("Treated & seen")
    treated.append(["wer", "was", "wann", "oben", "unten"])
    treated.append(["10Q", "E.B.9", "2016-10-01", 45, 50])
    kept = io.BytesIO()
    book.save(kept)
    return Upload("two.xlsx", kept.getvalue())


def test_the_sheet_of_a_workbook_is_chosen_with_its_columns_and_the_choice_is_kept(
    ccg: Plan, sign_in: Callable[[str], Client]
) -> None:
    client = sign_in("analyst")
    upload(client, two_sheets())
    batch = Batch.objects.get()
    address = f"{LIST}{batch.pk}/"
    shown = page(client.get(address))
    assert "Columns of the sheet “Waits”" in shown
    link = f"{address}?sheet=Treated+%26+seen"
    assert f'href="{link}"' in shown
    other = page(client.get(link))
    assert "Columns of the sheet “Treated &amp; seen”" in other
    assert '<option value="wann">' in other
    assert 'name="sheet" value="Treated &amp; seen"' in other
    chosen = {"organisation": "wer", "measure": "was", "period": "wann", "numerator": "oben", "denominator": "unten"}
    sent = {"do": "columns", "sheet": "Treated & seen", "keep_as": "Treatments", **chosen}
    done = page(client.post(address, sent, follow=True))
    assert "E.B.9" in done
    assert "Columns of the sheet “Treated &amp; seen”" in done
    assert f'href="{address}?sheet=Waits"' in done
    upload(client, two_sheets())
    again = f"{LIST}{Batch.objects.order_by('-pk')[0].pk}/?mapping=Treatments"
    assert "Columns of the sheet “Treated &amp; seen”" in page(client.get(again))
    assert '<option value="wer" selected>' in page(client.get(again))


def test_a_sheet_that_is_not_in_the_file_shows_the_one_that_is_read(
    ccg: Plan, sign_in: Callable[[str], Client]
) -> None:
    client = sign_in("analyst")
    upload(client, two_sheets())
    address = f"{LIST}{Batch.objects.get().pk}/"
    assert "Columns of the sheet “Waits”" in page(client.get(address + "?sheet=Beds"))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gets_a_clear_message(ccg: Plan, sign_in: Callable[[str], Client], name: str) -> None:
    client = sign_in("analyst")
    before = everything(ccg)
    answer = upload(client, Upload(name, BAD[name]))
    if answer.status_code == 302:
        shown = page(client.get(answer["Location"]))
        assert "Nothing can be loaded" in shown
    else:
        assert answer.status_code == 422
        assert "There is a problem" in page(answer) or "Nothing was loaded" in page(answer)
        assert name in page(answer) or "empty" in page(answer)
    assert everything(ccg) == before


def test_no_file_at_all_and_too_many_are_told(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    assert "Choose one file or several" in page(client.post(LIST, {}))
    many = upload(client, *(Upload(f"{number}.csv", b"a,b\n1,2\n") for number in range(81)))
    assert many.status_code == 422
    assert "load at most 80 at once" in page(many)


def test_an_upload_beyond_the_limit_is_not_kept_and_says_so(
    sign_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opplan.imports.uploads.LARGEST_UPLOAD", 10_000)
    answer = upload(sign_in("analyst"), Upload("large.csv", b"a,b\n" * 5_000))
    assert answer.status_code == 422
    assert "the limit is" in page(answer)
    assert not Batch.objects.exists()


def test_a_file_s_name_is_text(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    rows = "\n".join([HEAD, OCTOBER]).encode()
    upload(client, Upload("<script>alert(1)<|script>.csv", rows))
    shown = page(client.get(f"{LIST}{Batch.objects.get().pk}/"))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_whoever_only_reads_sees_imports_and_cannot_load(
    ccg: Plan, person: Callable[[str], User], sign_in: Callable[[str], Client]
) -> None:
    batch = preview_files(ccg, [table(OCTOBER)], by=person("analyst"))
    for role in ("viewer", "finance_lead", "accountable_officer"):
        client = sign_in(role)
        address = f"{LIST}{batch.pk}/"
        for shown in (client.get(LIST), client.get(address)):
            assert shown.status_code == 200
            assert "<form" not in page(shown).split("<main")[1], role
        assert upload(client, table(OCTOBER)).status_code == 404
        for what in ("load", "discard", "undo", "columns"):
            assert client.post(address, {"do": what, "seen": batch.fingerprint, "why": "x"}).status_code == 404
    batch.refresh_from_db()
    assert batch.state == Batch.State.PREVIEWED


def test_a_batch_of_another_plan_is_no_page(
    pct: Plan, person: Callable[[str], User], sign_in: Callable[[str], Client]
) -> None:
    batch = preview_files(
        pct, [Upload("a.csv", f"{HEAD}\n5QE,RTT-INC,2010-05-01,9,10\n".encode())], by=person("analyst")
    )
    client = sign_in("analyst")
    for key in (batch.pk, "0", "x", "9" * 30, "²"):
        assert client.get(f"{LIST}{key}/").status_code == 404
        assert client.get(f"{LIST}{key}/figures.csv").status_code == 404


def test_every_figure_can_be_had_as_csv(
    ccg: Plan, person: Callable[[str], User], sign_in: Callable[[str], Client]
) -> None:
    batch = preview_files(ccg, [table(OCTOBER)], by=person("analyst"))
    client = sign_in("viewer")
    waiting = client.get(f"{LIST}{batch.pk}/figures.csv").content.decode("utf-8-sig").splitlines()
    assert waiting[1] == 'new,E.B.8,2016-10-01,,,,96,100,final,"waits.csv, row 2",'
    done = load_files(ccg, [table(OCTOBER)], by=None).batch
    assert done is not None
    loaded = client.get(f"{LIST}{done.pk}/figures.csv").content.decode("utf-8-sig").splitlines()
    assert loaded[1].startswith("new,E.B.8,2016-10-01,,,,96,100,final")


def test_the_number_of_queries_does_not_grow_with_the_rows(
    ccg: Plan, person: Callable[[str], User], sign_in: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    client = sign_in("analyst")
    months = [f"{year}-{month:02}-01" for year in range(2006, 2016) for month in range(1, 13)]
    few = preview_files(ccg, [table(OCTOBER)], by=person("analyst"))
    many = preview_files(ccg, [table(*(f"10Q,E.B.8,{month},96,100" for month in months))], by=person("analyst"))
    done = load_files(ccg, [table(*(f"10Q,E.B.9,{month},96,100" for month in months))], by=None).batch
    assert done is not None
    for address, most in (
        (LIST, 7),
        (f"{LIST}{few.pk}/", 17),
        (f"{LIST}{many.pk}/", 17),
        (f"{LIST}{done.pk}/", 11),
    ):
        with django_assert_max_num_queries(most):
            answer = client.get(address)
        assert len(answer.content) < 100_000


@needs_raw
def test_the_published_files_go_through_the_page(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    Reading.objects.filter(line__plan=ccg, line__reference="DTOC.1").delete()
    files = [Upload(path.name, path.read_bytes()) for path in sorted((RAW / "dtoc").glob("*.xls"))]
    answer = upload(client, *files)
    assert answer.status_code == 302
    shown = client.get(answer["Location"])
    assert len(shown.content) < 100_000
    done = client.post(answer["Location"], {"do": "load", "seen": shown.context["page"]["fingerprint"]}, follow=True)
    assert "Loaded: " in page(done)
    assert Line.objects.get(plan=ccg, reference="DTOC.1").readings.filter(actual_numerator__isnull=False).count() == 27


def test_a_file_over_the_number_that_is_parsed_at_all_is_told_on_a_page(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    beyond_django_s_own = upload(client, *(Upload(f"{number}.csv", b"a") for number in range(101)))
    assert beyond_django_s_own.status_code == 422
    assert "These are 101 files; load at most 80 at once, or as a zip." in page(beyond_django_s_own)
    far_too_many = upload(client, *(Upload(f"{number}.csv", b"a") for number in range(1001)))
    assert far_too_many.status_code == 400
    assert "more than a thousand files" in page(far_too_many)
