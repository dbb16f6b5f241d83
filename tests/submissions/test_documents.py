"""The register of documents: who reads and changes it, its versions, and what happens when a file is not what it was."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.submissions.actions import documents as actions
from opplan.submissions.actions.documents import keep_version
from opplan.submissions.models import Document, DocumentVersion, Round
from tests.submissions.test_document_files import PDF, WORD

pytestmark = pytest.mark.django_db
HERE = "/10Q/2016-17/submissions/documents"
SignIn = Callable[[str], Client]


def text_of(answer) -> str:  # type: ignore[no-untyped-def]
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def given(content: bytes, name: str = "plan.pdf", seen: int = 0) -> dict[str, object]:
    return {"given": SimpleUploadedFile(name, content), "seen": str(seen), "note": "After the board"}


@pytest.fixture
def office(person: Callable[[str], User]) -> User:
    return person("programme_office")


@pytest.fixture
def document(ccg: Plan) -> Document:
    return Document.objects.get(plan=ccg, reference="DOC-09")


@pytest.fixture
def version(document: Document, office: User) -> DocumentVersion:
    return keep_version(document, name="Plan.pdf", content=PDF, note="First", by=office)


def kept_files(settings) -> set[Path]:  # type: ignore[no-untyped-def]
    return {path for path in Path(settings.DOCUMENTS).rglob("*") if path.is_file()}


def test_the_register_says_how_many_documents_there_are_and_can_be_read(
    sign_in: SignIn, version: DocumentVersion
) -> None:
    answer = sign_in("viewer").get(f"{HERE}/")
    text = text_of(answer)
    assert "15 of 49 documents were submitted with the plan, and 1 can be read here" in text
    assert "Add a document" not in text
    assert len(answer.content) < 100_000


def test_the_appendices_of_the_plan_of_2010_are_in_its_register(pct: Plan) -> None:
    row = Document.objects.get(plan=pct, reference="APP-D")
    assert (row.title, row.basis) == ("Appendix D: Finance", "stated")
    assert Document.objects.filter(plan=pct).count() == 9


@pytest.mark.parametrize(
    ("asked", "shown", "hidden"),
    [
        ("q=dtoc+action", "DToC Action Plan", "Joint Carers Strategy"),
        ("status=in+development", "Oxfordshire Digital Roadmap", "Joint Carers Strategy"),
        ("file=held", "DToC Action Plan", "Joint Carers Strategy"),
        ("round=R4", "No document matches", "Joint Carers Strategy"),
        ("round=none&q=carers", "Joint Carers Strategy", "DToC Action Plan"),
    ],
)
def test_the_register_is_narrowed_in_the_address(
    sign_in: SignIn, version: DocumentVersion, asked: str, shown: str, hidden: str
) -> None:
    text = text_of(sign_in("viewer").get(f"{HERE}/?{asked}"))
    assert shown in text
    assert hidden not in text
    assert "Show all" in text


def test_the_register_as_a_spreadsheet_has_every_document_that_is_asked_for(sign_in: SignIn) -> None:
    rows = sign_in("viewer").get(f"{HERE}/?download=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 50


@pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
def test_whoever_may_not_change_the_plan_reads_and_downloads_alone(
    sign_in: SignIn, version: DocumentVersion, role: str
) -> None:
    client = sign_in(role)
    assert client.get(f"{HERE}/DOC-09/").status_code == 200
    assert client.get(f"{HERE}/DOC-09/versions/1/").status_code == 200
    for page in ("new/", "DOC-09/edit/", "DOC-09/upload/"):
        assert client.get(f"{HERE}/{page}").status_code == 404
        assert client.post(f"{HERE}/{page}", given(PDF)).status_code == 404
    assert "upload" not in text_of(client.get(f"{HERE}/DOC-09/"))


def test_another_plans_document_is_not_found_in_this_one(sign_in: SignIn, pct: Plan, version: DocumentVersion) -> None:
    client = sign_in("administrator")
    there = HERE.replace("10Q/2016-17", "5QE/2010-11")
    assert client.get(f"{there}/APP-A/").status_code == 200
    for page in ("DOC-09/", "DOC-09/versions/1/", "DOC-09/edit/", "DOC-09/upload/"):
        assert client.get(f"{there}/{page}").status_code == 404
    assert client.get(f"{HERE}/APP-A/").status_code == 404
    for number in ("2", "0", "-1", "one", "9" * 30):
        assert client.get(f"{HERE}/DOC-09/versions/{number}/").status_code == 404


def test_a_document_is_added_and_changed_with_who_and_why(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("programme_office")
    added = {"reference": "DOC-50", "title": "Estates plan", "status": "draft", "owner": "Estates lead"}
    assert client.post(f"{HERE}/new/", added).status_code == 302
    assert "There is a document doc-50 already" in text_of(
        client.post(f"{HERE}/new/", {**added, "reference": "doc-50"})
    )
    assert "address of opplan" in text_of(client.post(f"{HERE}/new/", {**added, "reference": "new"}))
    page = f"{HERE}/DOC-50/edit/"
    opened = client.get(page).context["opened"]
    final = Round.objects.get(plan=ccg, reference="R4")
    changed = {**added, "status": "submitted", "round_id": str(final.pk), "version": opened}
    assert "Its status or its round changes. Say why." in text_of(client.post(page, changed))
    assert client.post(page, {**changed, "why": "Sent with the final plan"}).status_code == 302
    text = text_of(client.get(f"{HERE}/DOC-50/"))
    assert "Sent with the final plan" in text
    assert final.title in text


def test_two_people_who_change_a_document_are_shown_each_others(sign_in: SignIn, document: Document) -> None:
    client, page = sign_in("programme_office"), f"{HERE}/DOC-09/edit/"
    opened = client.get(page).context["opened"]
    sent = {
        "title": document.title,
        "status": document.status,
        "initiative_id": document.initiative_id,
        "version": opened,
    }
    assert client.post(page, {**sent, "owner": "Urgent care lead"}).status_code == 302
    clash = sign_in("analyst").post(page, {**sent, "owner": "Discharge lead"})
    assert clash.status_code == 409
    assert "Urgent care lead" in text_of(clash)


def test_two_people_who_choose_another_round_are_told_its_name(sign_in: SignIn, ccg: Plan, document: Document) -> None:
    client, page = sign_in("programme_office"), f"{HERE}/DOC-09/edit/"
    opened = client.get(page).context["opened"]
    first, second = Round.objects.filter(plan=ccg)[:2]
    sent = {
        "title": document.title,
        "status": document.status,
        "initiative_id": document.initiative_id,
        "version": opened,
    }
    client.post(page, {**sent, "round_id": str(first.pk), "why": "Goes first"})
    [clash] = (
        sign_in("analyst").post(page, {**sent, "round_id": str(second.pk), "why": "Later"}).context["conflict"].clashes
    )
    assert (clash.opened, clash.now, clash.mine) == ("", first.title, second.title)


def test_a_round_or_initiative_of_another_plan_cannot_be_chosen(
    sign_in: SignIn, pct: Plan, office: User, ccg: Plan
) -> None:
    other = Round.objects.create(plan=pct, reference="X1", title="Elsewhere", due=pct.start)
    sent = {"reference": "DOC-51", "title": "Plan", "status": "draft", "round_id": str(other.pk)}
    assert sign_in("programme_office").post(f"{HERE}/new/", sent).status_code == 422
    values = {"title": "Plan", "status": "draft", "round_id": other.pk, "initiative_id": None, "owner": "", "note": ""}
    with pytest.raises(ValidationError, match="not of this plan"):
        actions.add_document(ccg, reference="DOC-51", values=values, by=office, why="")


def test_a_file_becomes_the_next_version_and_the_one_before_stays(sign_in: SignIn, version: DocumentVersion) -> None:
    client = sign_in("programme_office")
    answer = client.post(f"{HERE}/DOC-09/upload/", given(WORD, "Plan.docx", seen=1))
    assert answer["Location"] == f"{HERE}/DOC-09/"
    text = text_of(client.get(f"{HERE}/DOC-09/"))
    assert version.digest in text
    assert version.digest[:12] in text
    assert "After the board" in text
    assert "Version 2, Plan.docx" in text
    first, second = client.get(f"{HERE}/DOC-09/versions/1/"), client.get(f"{HERE}/DOC-09/versions/2/")
    assert client.post(f"{HERE}/DOC-09/versions/1/", given(WORD, "Plan.docx")).status_code == 405
    assert DocumentVersion.objects.get(number=1) == version
    assert (b"".join(first.streaming_content), b"".join(second.streaming_content)) == (PDF, WORD)


def test_a_download_is_an_attachment_of_its_own_type_that_nobody_guesses(
    sign_in: SignIn, version: DocumentVersion
) -> None:
    answer = sign_in("viewer").get(f"{HERE}/DOC-09/versions/1/")
    assert answer["Content-Disposition"] == 'attachment; filename="Plan.pdf"'
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_documents_lie_by_their_digest_where_no_address_leads(settings, version: DocumentVersion) -> None:  # type: ignore[no-untyped-def]
    path = Path(version.file.path)
    assert path.is_relative_to(settings.DOCUMENTS)
    assert path.name.startswith(version.digest)
    assert not path.is_relative_to(settings.STATIC_ROOT)


def test_the_same_bytes_again_are_nothing_new(sign_in: SignIn, version: DocumentVersion, settings) -> None:  # type: ignore[no-untyped-def]
    before = kept_files(settings)
    answer = sign_in("programme_office").post(f"{HERE}/DOC-09/upload/", given(PDF, "renamed.pdf", seen=1))
    assert answer.status_code == 422
    assert "renamed.pdf is version 1 again, byte for byte" in text_of(answer)
    assert kept_files(settings) == before


def test_a_version_that_came_meanwhile_is_looked_at_first(sign_in: SignIn, version: DocumentVersion) -> None:
    answer = sign_in("programme_office").post(f"{HERE}/DOC-09/upload/", given(WORD, "Plan.docx", seen=0))
    assert answer.status_code == 409
    text = text_of(answer)
    assert "loaded version 1 while this page was open" in text
    assert 'name="seen" value="1"' in text
    assert "After the board" in text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("plan.pdf", b"", "The file is empty"),
        ("plan.pdf", b"Dear all", "is text, not a PDF document"),
        ("plan.docm", WORD, "holds macros"),
        ("plan.exe", b"MZ", "is a .exe file"),
    ],
)
def test_a_refused_upload_says_why_beside_the_file(sign_in: SignIn, name: str, content: bytes, said: str) -> None:
    answer = sign_in("programme_office").post(f"{HERE}/DOC-09/upload/", given(content, name))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not DocumentVersion.objects.exists()


def test_a_file_whose_row_is_not_stored_is_not_left_behind(
    document: Document,
    office: User,
    monkeypatch: pytest.MonkeyPatch,
    settings,  # type: ignore[no-untyped-def]
) -> None:
    before = kept_files(settings)

    def stored_and_broken(row: DocumentVersion, **_: object) -> None:
        row.save()
        assert kept_files(settings) != before
        raise RuntimeError("the database went away")

    monkeypatch.setattr(actions, "record", stored_and_broken)
    with pytest.raises(RuntimeError):
        keep_version(document, name="plan.pdf", content=PDF, note="", by=office)
    assert kept_files(settings) == before
    assert not DocumentVersion.objects.exists()


def test_two_documents_of_the_same_bytes_do_not_share_a_file(ccg: Plan, version: DocumentVersion, office: User) -> None:
    other = keep_version(
        Document.objects.get(plan=ccg, reference="DOC-01"), name="a.pdf", content=PDF, note="", by=office
    )
    assert other.file.name != version.file.name


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_file_that_is_no_longer_what_was_loaded_is_not_given_out(
    sign_in: SignIn, version: DocumentVersion, harm: str
) -> None:
    path = Path(version.file.path)
    if harm == "changed":
        path.write_bytes(PDF.replace(b"1.7", b"1.4"))
    else:
        path.unlink()
    answer = sign_in("viewer").get(f"{HERE}/DOC-09/versions/1/")
    assert answer.status_code == 409
    text = text_of(answer)
    assert "Version 1, Plan.pdf," in text
    again = sign_in("programme_office").post(f"{HERE}/DOC-09/upload/", given(PDF, "Plan.pdf", seen=1))
    assert again.status_code == 302
    assert b"".join(sign_in("viewer").get(f"{HERE}/DOC-09/versions/2/").streaming_content) == PDF
    assert ("has been changed where it is kept" if harm == "changed" else "is no longer where opplan keeps") in text


@pytest.mark.parametrize("page", ["", "?status=submitted"])
def test_the_register_costs_the_same_for_two_hundred_documents(
    ccg: Plan,
    sign_in: SignIn,
    version: DocumentVersion,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
    page: str,
) -> None:
    client = sign_in("programme_office")
    Document.objects.filter(plan=ccg).exclude(pk=version.document_id).delete()
    with django_assert_max_num_queries(20) as one:
        client.get(f"{HERE}/{page}")
    held = [
        Document.objects.create(
            plan=ccg, reference=f"X-{number}", title="A long title of a plan " * 6, status="submitted"
        )
        for number in range(199)
    ]
    DocumentVersion.objects.bulk_create(
        DocumentVersion(document=row, number=1, file="documents/x", file_name="plan.pdf", size=1, digest="0" * 64)
        for row in held
    )
    with django_assert_max_num_queries(20) as many:
        answer = client.get(f"{HERE}/{page}{'&' if page else '?'}per_page=100")
    assert len(many) == len(one)
    assert len(answer.content) < 100_000


def test_a_document_of_two_hundred_versions_costs_as_much_as_one(
    sign_in: SignIn,
    version: DocumentVersion,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = sign_in("programme_office")
    with django_assert_max_num_queries(20) as one:
        client.get(f"{HERE}/DOC-09/")
    DocumentVersion.objects.bulk_create(
        DocumentVersion(document=version.document, number=number, file="x", file_name="p.pdf", size=1, digest="0" * 64)
        for number in range(2, 202)
    )
    with django_assert_max_num_queries(20) as many:
        answer = client.get(f"{HERE}/DOC-09/")
    assert len(many) == len(one)
    assert len(answer.content) < 100_000
