"""The pack of a round: one zip with what was submitted, a manifest of it, and opplan's seal under the manifest."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from django.core.signing import BadSignature, Signer

from opplan.web.formats import counted
from opplan.web.tables import safe_text

MANIFEST, SEAL, LISTING, README = "manifest.json", "manifest.seal", "manifest.csv", "README.txt"
COMPLETE, DRAFT = "complete", "draft"
LISTING_HEADS = (
    "Path",
    "What it is",
    "Version",
    "Size in bytes",
    "SHA-256",
    "Signed by",
    "Signed at",
    "Minute",
    "Void",
)
CHUNK = 256 * 1024
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the zip: the earliest that a zip can say. The same data give the same bytes."""
PACKED_ALREADY = (".xlsx", ".docx", ".pptx", ".odt", ".ods", ".png", ".jpg", ".jpeg", ".pdf")

Read = Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class Signed:
    """A signature as the manifest states it. `void` says why it no longer stands, nothing where it does."""

    officer: str
    at: datetime
    minute: str
    statement: str
    void: str

    @property
    def moment(self) -> str:
        """When, in universal time, to the second."""
        return self.at.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Part:
    """A file of the pack: where it lies, what it is, its size and hash, who signed it, and how it is read."""

    path: str
    what: str
    version: str
    size: int
    digest: str
    read: Read
    signatures: tuple[Signed, ...] = ()

    @property
    def stated(self) -> dict[str, Any]:
        """As the manifest states it."""
        return {
            "path": self.path,
            "what": self.what,
            "version": self.version,
            "size": self.size,
            "sha256": self.digest,
            "signatures": [
                {
                    "signed_by": one.officer,
                    "when": one.moment,
                    "minute": one.minute,
                    "statement": one.statement,
                    "void": one.void,
                }
                for one in self.signatures
            ],
        }


def written_part(path: str, what: str, content: bytes, version: str = "") -> Part:
    """A part that opplan wrote itself."""
    return Part(path, what, version, len(content), hashlib.sha256(content).hexdigest(), lambda: iter((content,)))


@dataclass(frozen=True)
class Pack:
    """The pack of one round. `missing` says in sentences what is not in it that should be; without any it is complete."""

    organisation: str
    code: str
    year: str
    round: str
    title: str
    due: str
    parts: tuple[Part, ...]
    missing: tuple[str, ...] = field(default=())

    @property
    def state(self) -> str:
        return DRAFT if self.missing else COMPLETE

    @property
    def file_name(self) -> str:
        return f"{self.code}-{self.year}-{self.round}-pack{'-draft' if self.missing else ''}.zip"


def write_pack(pack: Pack, target: IO[bytes]) -> None:
    """Write the pack. Nothing of it is held in memory but one chunk and the manifest; the same pack gives the same bytes."""
    parts = [written_part(README, "What this pack is", _readme(pack).encode()), *pack.parts]
    parts.append(written_part(LISTING, "The manifest as a table", _listing(parts)))
    manifest = _manifest(pack, parts)
    entries: list[tuple[str, Read]] = [
        (MANIFEST, lambda: iter((manifest,))),
        (SEAL, lambda: iter((seal_of(manifest),))),
        *((part.path, part.read) for part in parts),
    ]
    write_zip(entries, target)


def write_zip(entries: Iterable[tuple[str, Read]], target: IO[bytes]) -> None:
    """Write files into a zip in their order, each with the same date and rights."""
    with zipfile.ZipFile(target, "w") as archive:
        for path, read in entries:
            info = zipfile.ZipInfo(path, FIRST_DAY)
            info.create_system, info.external_attr = 3, 0o644 << 16
            stored = path.lower().endswith(PACKED_ALREADY)
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as part:
                for chunk in read():
                    part.write(chunk)


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """A file by chunks, closed at its end."""
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def seal_of(manifest: bytes) -> bytes:
    """What only this opplan can write under a manifest: its hash, signed with the secret key."""
    return f"{_signer().sign(hashlib.sha256(manifest).hexdigest())}\n".encode()


def sealed(manifest: bytes, seal: bytes) -> bool:
    """Whether the seal is this opplan's, under this very manifest."""
    try:
        stated = _signer().unsign(seal.decode("ascii").strip())
    except (BadSignature, UnicodeDecodeError):
        return False
    return stated == hashlib.sha256(manifest).hexdigest()


def _signer() -> Signer:
    return Signer(salt="opplan.submissions.pack")


def _manifest(pack: Pack, parts: Sequence[Part]) -> bytes:
    about = {
        "pack": 1,
        "organisation": pack.code,
        "organisation_name": pack.organisation,
        "year": pack.year,
        "round": pack.round,
        "title": pack.title,
        "due": pack.due,
        "state": pack.state,
        "missing": list(pack.missing),
        "files": [part.stated for part in parts],
    }
    return f"{json.dumps(about, ensure_ascii=False, indent=2)}\n".encode()


def _listing(parts: Sequence[Part]) -> bytes:
    return as_csv(
        LISTING_HEADS,
        (
            (
                part.path,
                part.what,
                part.version,
                part.size,
                part.digest,
                *("; ".join(said) for said in _columns(part.signatures)),
            )
            for part in parts
        ),
    )


def _columns(signatures: Sequence[Signed]) -> tuple[list[str], ...]:
    return (
        [one.officer for one in signatures],
        [one.moment for one in signatures],
        [one.minute for one in signatures],
        [one.void for one in signatures if one.void],
    )


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table that Excel opens in the right encoding and runs nothing from."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(heads)
    writer.writerows([safe_text(value) for value in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")


def _readme(pack: Pack) -> str:
    lines = [
        f"{pack.title}, due {pack.due}",
        f"{pack.organisation} ({pack.code}), {pack.year}",
        "",
        "This pack was put together by opplan. It holds what the organisation submitted for this round:",
        "",
        "  workbooks/      the latest version of each template, byte for byte as it was frozen",
        "  checks/         the checks of each workbook as they stood, with the reasons for those that were accepted",
        "  signatures.csv  who signed, by which minute of the governing body, and whether the signature still stands",
        "  documents/      the latest version of each document of the round",
        "  manifest.csv    every file with its version, size and SHA-256; manifest.json holds the same for programs",
        "  manifest.seal   opplan's seal under manifest.json",
        "",
    ]
    if pack.missing:
        lines += [f"It is a draft. {counted(len(pack.missing), 'thing')} missing or not settled:", ""]
        lines += [f"  - {one}" for one in pack.missing]
    else:
        lines += ["It is complete: every template is signed and every document of the round is here."]
    lines += [
        "",
        "To find out whether the pack is as opplan wrote it, load it under Rounds, Verify, or run",
        "  manage.py verify_submission FILE",
        "Each file of it is told to be genuine, altered, missing or unknown.",
        "",
    ]
    return "\r\n".join(lines)
