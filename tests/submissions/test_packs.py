"""The pack of a round: what it holds and lacks, that it is the same each time, and that whatever is altered in it is found."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.submissions.actions.answers import record_answers
from opplan.submissions.actions.documents import keep_version
from opplan.submissions.actions.freezing import freeze
from opplan.submissions.actions.signing import delegate, sign
from opplan.submissions.definition import find_definition
from opplan.submissions.filled import Key
from opplan.submissions.models import Document, Round, Submission
from opplan.submissions.pack import write_pack, write_zip
from opplan.submissions.queries.packs import pack_of
from opplan.submissions.queries.verifying import PackVerdict, is_pack, verdict_on_pack
from opplan.submissions.written.book import CheckLine
from tests.submissions.test_document_files import PDF
from tests.submissions.test_documents import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HERE = "/10Q/2016-17/submissions"
MONTH = date(2016, 9, 1)
WORKBOOK, DOCUMENT = "workbooks/10Q-2016-17-dtoc-V1.0.xlsx", "documents/DOC-09/DToC plan.pdf"
SignIn = Callable[[str], Client]
ACCEPTED = CheckLine(
    "FLAT", "explain", "Trajectory", "D6", "Flat all year.", "0", "some", "Not met", "Agreed with the trust"
)
LEFT = CheckLine("GROWTH", "explain", "Trajectory", "D7", "Grows by 9%.", "9", "3", "Not met")


@pytest.fixture
def officer(person: Callable[[str], User]) -> User:
    return person("accountable_officer")


@pytest.fixture
def of_round(ccg: Plan) -> Round:
    """A round that asks for one template alone."""
    return Round.objects.create(
        plan=ccg, reference="T1", title="Trial submission", due=date(2016, 4, 11), templates=["dtoc"]
    )


@pytest.fixture
def document(ccg: Plan, of_round: Round, officer: User) -> Document:
    row = Document.objects.get(plan=ccg, reference="DOC-09")
    row.round = of_round
    row.save()
    keep_version(row, name="DToC plan.pdf", content=PDF, note="", by=officer)
    return row


def frozen(plan: Plan, of_round: Round, by: User, *checks: CheckLine) -> Submission:
    definition = find_definition("2016-17", "dtoc")
    assert definition
    return freeze(plan, definition, MONTH, round=of_round, checks=checks, by=by, why="Trial")


@pytest.fixture
def signed(ccg: Plan, of_round: Round, officer: User) -> Submission:
    row = frozen(ccg, of_round, officer, ACCEPTED)
    today = timezone.localdate()
    delegate(
        ccg,
        reference="D-1",
        officer=officer,
        minute="16/20",
        scope="The trial",
        templates=["dtoc"],
        begins=today - timedelta(days=1),
        ends=today + timedelta(days=1),
        by=officer,
        why="",
    )
    sign(row, statement="True and complete", by=officer)
    return row


def packed(plan: Plan, of_round: Round) -> bytes:
    made = io.BytesIO()
    write_pack(pack_of(plan, of_round, MONTH), made)
    return made.getvalue()


@pytest.fixture
def pack(ccg: Plan, of_round: Round, document: Document, signed: Submission) -> bytes:
    return packed(ccg, of_round)


def contents(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def remade(parts: dict[str, bytes]) -> bytes:
    """The same files in a zip as opplan writes it."""
    made = io.BytesIO()
    write_zip([(path, lambda content=content: iter((content,))) for path, content in parts.items()], made)
    return made.getvalue()


def verdict(pack: bytes, plan: Plan | None = None) -> PackVerdict:
    return verdict_on_pack(io.BytesIO(pack), plan)


def outcomes(found: PackVerdict) -> dict[str, str]:
    return {one.path: one.outcome for one in found.parts if one.outcome != "genuine"}


def test_a_pack_holds_what_was_submitted_and_says_so(pack: bytes, signed: Submission) -> None:
    held = contents(pack)
    assert held[WORKBOOK] == bytes(signed.workbook)
    assert held[DOCUMENT] == PDF
    assert b"Agreed with the trust" in held["checks/dtoc-V1.0.csv"]
    assert b"True and complete" in held["signatures.csv"]
    assert b"It is complete" in held["README.txt"]
    manifest = json.loads(held["manifest.json"])
    assert (manifest["round"], manifest["state"], manifest["missing"]) == ("T1", "complete", [])
    [workbook] = [one for one in manifest["files"] if one["path"] == WORKBOOK]
    assert workbook["version"] == "V1.0"
    assert workbook["signatures"][0]["minute"] == "16/20"
    assert workbook["signatures"][0]["void"] == ""


def test_the_manifest_tells_the_size_and_hash_of_every_file_in_both_its_forms(pack: bytes) -> None:
    held = contents(pack)
    stated = {one["path"]: (one["size"], one["sha256"]) for one in json.loads(held["manifest.json"])["files"]}
    assert set(stated) == set(held) - {"manifest.json", "manifest.seal"}
    for path, (size, digest) in stated.items():
        assert (len(held[path]), hashlib.sha256(held[path]).hexdigest()) == (size, digest)
    rows = csv.DictReader(StringIO(held["manifest.csv"].decode("utf-8-sig")))
    for row in rows:
        assert stated[row["Path"]] == (int(row["Size in bytes"]), row["SHA-256"])


def test_the_same_data_give_the_same_bytes(ccg: Plan, of_round: Round, pack: bytes) -> None:
    assert packed(ccg, of_round) == pack


def test_a_pack_that_lacks_something_is_a_draft_that_says_what(ccg: Plan, of_round: Round, officer: User) -> None:
    Document.objects.filter(plan=ccg, reference="DOC-01").update(round=of_round)
    nothing = pack_of(ccg, of_round, MONTH)
    assert nothing.missing[0].endswith("(dtoc): not frozen.")
    assert "no file of it was loaded" in nothing.missing[1]
    assert nothing.file_name == "10Q-2016-17-T1-pack-draft.zip"
    frozen(ccg, of_round, officer, LEFT)
    missing = json.loads(contents(packed(ccg, of_round))["manifest.json"])["missing"]
    assert "V1.0, not signed" in missing[0]
    assert "dtoc V1.0: 1 check not met and not accepted." in missing


def test_a_void_signature_stands_in_the_pack_as_void(
    ccg: Plan, of_round: Round, officer: User, signed: Submission
) -> None:
    owner = Key("assurance", "owner", "answer")
    record_answers(ccg, "dtoc", [(owner, "", "Director of delivery")], by=officer, why="Named")
    manifest = json.loads(contents(packed(ccg, of_round))["manifest.json"])
    assert manifest["state"] == "draft"
    assert "void: the plan has changed since" in manifest["missing"][0]
    [workbook] = [one for one in manifest["files"] if one["path"] == WORKBOOK]
    assert workbook["signatures"][0]["void"] == "the plan has changed since"


def test_a_damaged_document_is_left_out_and_named(ccg: Plan, of_round: Round, document: Document) -> None:
    Path(document.versions.get().file.path).write_bytes(b"%PDF-1.4 forged")
    pack = pack_of(ccg, of_round, MONTH)
    assert any("has been changed where it is kept" in one for one in pack.missing)
    assert DOCUMENT not in {part.path for part in pack.parts}


def test_the_page_of_a_round_says_what_its_pack_lacks_and_gives_it(
    sign_in: SignIn, of_round: Round, document: Document, pack: bytes
) -> None:
    client = sign_in("viewer")
    page = client.get(f"{HERE}/rounds/T1/")
    assert "Complete. One zip" in text_of(page)
    assert document.title in text_of(page)
    answer = client.get(f"{HERE}/rounds/T1/pack.zip")
    assert b"".join(answer.streaming_content) == pack
    assert answer["Content-Disposition"] == 'attachment; filename="10Q-2016-17-T1-pack.zip"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(pack))
    assert "A draft: 6 things missing" in text_of(client.get(f"{HERE}/rounds/R4/"))
    assert client.get(f"{HERE}/rounds/nothing/pack.zip").status_code == 404


def test_the_page_of_a_round_costs_the_same_for_two_hundred_documents(
    ccg: Plan,
    of_round: Round,
    sign_in: SignIn,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = sign_in("viewer")
    Document.objects.filter(plan=ccg, reference="DOC-01").update(round=of_round)
    with django_assert_max_num_queries(45) as one:
        client.get(f"{HERE}/rounds/T1/")
    Document.objects.bulk_create(
        Document(plan=ccg, reference=f"X-{number}", title="A long title " * 15, round=of_round) for number in range(200)
    )
    with django_assert_max_num_queries(45) as many:
        answer = client.get(f"{HERE}/rounds/T1/")
    assert len(many) == len(one)
    assert len(answer.content) < 100_000


def test_a_pack_as_it_was_written_is_genuine(pack: bytes, ccg: Plan) -> None:
    found = verdict(pack, ccg)
    assert (found.outcome, outcomes(found)) == ("genuine", {})
    assert "byte for byte" in found.words


@pytest.mark.parametrize(
    "path", [WORKBOOK, DOCUMENT, "README.txt", "manifest.csv", "signatures.csv", "checks/dtoc-V1.0.csv"]
)
def test_one_altered_byte_is_found_in_its_file(pack: bytes, path: str) -> None:
    held = contents(pack)
    content = bytearray(held[path])
    content[len(content) // 2] ^= 1
    found = verdict(remade({**held, path: bytes(content)}))
    assert (found.outcome, outcomes(found)) == ("altered", {path: "altered"})


def test_one_altered_byte_anywhere_in_the_zip_is_never_genuine(pack: bytes) -> None:
    for place in range(0, len(pack), max(len(pack) // 60, 1)):
        altered = bytearray(pack)
        altered[place] ^= 0xFF
        if is_pack(io.BytesIO(altered)):
            assert verdict(bytes(altered)).outcome != "genuine", place


def test_a_manifest_that_was_made_to_fit_is_not_sealed(pack: bytes) -> None:
    held = contents(pack)
    forged = PDF.replace(b"1.7", b"1.4")
    manifest = held["manifest.json"].replace(
        hashlib.sha256(PDF).hexdigest().encode(), hashlib.sha256(forged).hexdigest().encode()
    )
    found = verdict(remade({**held, "manifest.json": manifest, DOCUMENT: forged}))
    assert found.outcome == "altered"
    said = outcomes(found)
    assert (said["manifest.json"], said[DOCUMENT]) == ("altered", "unknown")
    assert WORKBOOK not in said


def test_a_file_that_was_taken_out_is_missing_and_one_put_in_unknown(pack: bytes) -> None:
    held = contents(pack)
    del held[DOCUMENT]
    found = verdict(remade({**held, "documents/extra.txt": b"And another thing"}))
    assert found.outcome == "altered"
    assert outcomes(found) == {DOCUMENT: "missing", "documents/extra.txt": "unknown"}


@pytest.mark.parametrize("path", ["../../outside.txt", "/etc/outside.txt", "C:\\outside.txt"])
def test_a_path_that_leads_out_is_named_and_nothing_is_written(
    pack: bytes, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = verdict(remade({**contents(pack), path: b"out"}))
    [stranger] = [one for one in found.parts if one.outcome == "unknown"]
    assert "leads out of the folder" in stranger.words
    assert not list(tmp_path.rglob("*"))


def test_a_pack_that_was_zipped_anew_is_not_byte_for_byte(pack: bytes) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in contents(pack).items():
            archive.writestr(path, content)
    found = verdict(made.getvalue())
    assert (found.outcome, outcomes(found)) == ("altered", {})
    assert "packed anew" in found.words


def test_a_zip_that_claims_to_be_a_pack_of_anything_is_unknown() -> None:
    about = {"organisation": "10Q", "year": "2016-17", "title": "Mine", "missing": [], "files": []}
    found = verdict(remade({"manifest.json": json.dumps(about).encode(), "manifest.seal": b"x:y"}))
    assert found.outcome == "unknown"
    escape = json.dumps(
        {**about, "title": "\x1b[2J", "files": [{"path": "a", "what": "", "size": 1, "sha256": ""}]}
    ).encode()
    for bad in (escape, b"", b"[]", b"{", json.dumps({**about, "files": [{"path": 1}]}).encode(), b"[" * 100_000):
        assert verdict(remade({"manifest.json": bad, "manifest.seal": b"x"})).outcome == "altered"
    assert not is_pack(io.BytesIO(remade({"a.txt": b"a"})))
    assert not is_pack(io.BytesIO(b"PK\x03\x04"))


def test_a_pack_cannot_fill_the_computer(pack: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opplan.submissions.queries.verifying.LARGEST_PACK", 1_000)
    assert "was not looked into" in verdict(pack).words


def test_the_page_verifies_a_pack_file_by_file(sign_in: SignIn, pack: bytes) -> None:
    client = sign_in("viewer")

    def verified(content: bytes, plan: str = "10Q/2016-17") -> str:
        given = {"given": SimpleUploadedFile("pack.zip", content)}
        return text_of(client.post(f"/{plan}/submissions/verify/", given))

    assert "pack.zip is genuine" in verified(pack)
    held = contents(pack)
    text = verified(remade({**held, DOCUMENT: PDF + b"x"}))
    assert "pack.zip is altered" in text
    assert "its bytes are not those that were put in" in text


def test_a_pack_of_another_plan_is_not_verified_here(pack: bytes, pct: Plan) -> None:
    found = verdict(pack, pct)
    assert found.outcome == "unknown"
    assert "verify it within that plan" in found.words


def test_the_commands_write_a_pack_and_verify_it(
    tmp_path: Path, pack: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"organisation": "10Q", "year": "2016-17", "round": "T1"}
    made = tmp_path / "pack.zip"
    call_command("export_pack", output=made, **asked)
    assert "Trial submission" in capsys.readouterr().out
    assert made.read_bytes() == pack
    call_command("verify_submission", str(made))
    assert "genuine: manifest.json" in capsys.readouterr().out
    made.write_bytes(remade({**contents(pack), "README.txt": b"Trust me"}))
    with pytest.raises(SystemExit):
        call_command("verify_submission", str(made), json=True)
    told = json.loads(capsys.readouterr().out)
    assert {one["path"]: one["outcome"] for one in told["parts"]}["README.txt"] == "altered"
    with pytest.raises(CommandError, match="has no round"):
        call_command("export_pack", output=made, **{**asked, "round": "R99"})
    with pytest.raises(CommandError, match="a folder that exists"):
        call_command("export_pack", output=tmp_path / "no" / "pack.zip", **asked)
