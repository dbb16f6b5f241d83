"""Whether a pack is the one that opplan wrote: each file of it genuine, altered, missing or unknown. Nothing of it is unpacked to disk."""

from __future__ import annotations

import hashlib
import json
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from opplan.imports.files import LARGEST_FILE, LARGEST_UNPACKED, MEGABYTE
from opplan.submissions.models import DocumentVersion, Submission
from opplan.submissions.pack import MANIFEST, SEAL, chunks, sealed, write_zip
from opplan.submissions.queries.signatures import ALTERED, GENUINE, UNKNOWN, verdict_on
from opplan.web.formats import counted, listed

if TYPE_CHECKING:
    from opplan.plans.models import Plan

MISSING = "missing"
MOST_FILES = 2_000
LARGEST_MANIFEST = 4 * MEGABYTE
LARGEST_PACK, UNSEALED = 2_048 * MEGABYTE, LARGEST_UNPACKED
"""What the files of a pack may come to, unpacked, and of one that anybody may have written. They are read by chunks and held nowhere."""
PLACES_SAID = 5
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    struct.error,
)


@dataclass(frozen=True)
class PartVerdict:
    """What has become of one file of a pack, and why in words."""

    path: str
    outcome: str
    words: str


@dataclass(frozen=True)
class PackVerdict:
    """What has become of a pack as a whole, and of each of its files."""

    outcome: str
    words: str
    parts: tuple[PartVerdict, ...] = ()


def is_pack(file: IO[bytes]) -> bool:
    """Whether a file says that it is a pack: its first entry is the manifest, or it is a zip that holds one. Left at its start."""
    try:
        file.seek(0)
        head = file.read(30 + len(MANIFEST))
        if not head.startswith(b"PK\x03\x04"):
            return False
        if head[30:] == MANIFEST.encode():
            return True
        with zipfile.ZipFile(file) as archive:
            return {MANIFEST, SEAL} <= set(archive.namelist())
    except UNREADABLE:
        return False
    finally:
        file.seek(0)


def verdict_on_pack(file: IO[bytes], plan: Plan | None = None) -> PackVerdict:
    """Compare a pack with its manifest, and the manifest with its seal. `plan` is whose pack it must be."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _verdict(archive, file, plan)
    except UNREADABLE:
        return PackVerdict(ALTERED, "This was a pack. It is cut off or damaged, and cannot be opened as one.")


def _verdict(archive: zipfile.ZipFile, file: IO[bytes], plan: Plan | None) -> PackVerdict:
    members = archive.infolist()
    twice = {path for path, count in Counter(one.filename for one in members).items() if count > 1}
    by_path = {one.filename: one for one in members}
    manifest, seal = _read(archive, by_path, MANIFEST), _read(archive, by_path, SEAL)
    genuine = manifest is not None and seal is not None and sealed(manifest, seal)
    if len(members) > MOST_FILES or sum(one.file_size for one in members) > (LARGEST_PACK if genuine else UNSEALED):
        return PackVerdict(UNKNOWN, "It unpacks to more than a pack of opplan's would, and was not looked into.")
    about = _about(manifest)
    if about is None:
        return PackVerdict(ALTERED if seal else UNKNOWN, "Its manifest cannot be read: it says nothing of its files.")
    if plan is not None and (about["organisation"], about["year"]) != (plan.organisation.code, plan.year):
        return PackVerdict(
            UNKNOWN, f"It says that it is of {about['organisation']}, {about['year']}: verify it within that plan."
        )
    known = {} if genuine else _known(plan, [one["sha256"] for one in about["files"]])
    parts = [_of_manifest(genuine)]
    for one in about["files"]:
        path = one["path"]
        if path in twice:
            parts.append(PartVerdict(path, ALTERED, "It is in the pack twice."))
        elif path not in by_path:
            parts.append(
                PartVerdict(path, MISSING, f"{one['what']}: the manifest names it; the pack does not hold it.")
            )
        else:
            parts.append(_part(archive, by_path[path], one, genuine, known, plan))
    named = {MANIFEST, SEAL} | {one["path"] for one in about["files"]}
    parts += [_stranger(path) for path in sorted(set(by_path) - named)]
    return _as_a_whole(about, genuine, parts, archive, file)


def _of_manifest(genuine: bool) -> PartVerdict:
    if genuine:
        return PartVerdict(MANIFEST, GENUINE, "Opplan's seal stands under it.")
    return PartVerdict(MANIFEST, ALTERED, "Opplan's seal does not stand under it: what it states was not written here.")


def _stranger(path: str) -> PartVerdict:
    leads_out = path.startswith(("/", "\\")) or ".." in PurePosixPath(path.replace("\\", "/")).parts or ":" in path
    warning = " Its path leads out of the folder that it is unpacked to: do not unpack it." if leads_out else ""
    shown = "".join(one if one.isprintable() else "?" for one in path[:200])
    return PartVerdict(shown, UNKNOWN, f"The manifest does not name it.{warning}")


def _part(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    stated: dict[str, Any],
    genuine: bool,
    known: dict[str, str],
    plan: Plan | None,
) -> PartVerdict:
    path, what = stated["path"], stated["what"]
    digest = _digest(archive, member) if member.file_size == stated["size"] else ""
    if digest == stated["sha256"]:
        if genuine:
            return PartVerdict(path, GENUINE, f"{what}, byte for byte.")
        if digest in known:
            return PartVerdict(path, GENUINE, f"{what}: {known[digest]}, byte for byte.")
        return PartVerdict(path, UNKNOWN, f"{what}: as the manifest states it, which was not written here.")
    return PartVerdict(path, ALTERED, f"{what}: {_how(archive, member, plan)}")


def _how(archive: zipfile.ZipFile, member: zipfile.ZipInfo, plan: Plan | None) -> str:
    """Where a workbook differs from what was submitted; of other files, that they do."""
    if member.filename.endswith(".xlsx") and member.filename.startswith("workbooks/"):
        content = _content(archive, member, LARGEST_FILE)
        if content is not None:
            verdict = verdict_on(PurePosixPath(member.filename).name, content, plan)
            places = [f"{place} ({said})" for place, said in verdict.altered[:PLACES_SAID]]
            return f"{verdict.words} {'; '.join(places)}".strip()
    return "its bytes are not those that were put in."


def _as_a_whole(
    about: dict[str, Any], genuine: bool, parts: list[PartVerdict], archive: zipfile.ZipFile, file: IO[bytes]
) -> PackVerdict:
    named = f"“{about['title']}” of {about['organisation']}, {about['year']}"
    draft = f" It is a draft: {counted(len(about['missing']), 'thing')} missing." if about["missing"] else ""
    counts = Counter(one.outcome for one in parts)
    if genuine and set(counts) == {GENUINE}:
        if _as_written(archive, file):
            return PackVerdict(GENUINE, f"This is the pack of {named}, byte for byte.{draft}", tuple(parts))
        words = f"Every file is as opplan put it into the pack of {named}; the zip around them was packed anew.{draft}"
        return PackVerdict(ALTERED, words, tuple(parts))
    said = listed([f"{counts[one]} {one}" for one in (GENUINE, ALTERED, MISSING, UNKNOWN) if counts[one]])
    if not genuine and counts[GENUINE] == 0:
        return PackVerdict(
            UNKNOWN, f"It says it is the pack of {named}. Nothing in it was written here: {said}.", tuple(parts)
        )
    return PackVerdict(ALTERED, f"It says it is the pack of {named}, and is not as it was: {said}.", tuple(parts))


def _as_written(archive: zipfile.ZipFile, file: IO[bytes]) -> bool:
    """Whether opplan would write these very bytes around the same files."""
    with tempfile.SpooledTemporaryFile(max_size=LARGEST_MANIFEST) as again:
        write_zip([(one.filename, partial(_chunks, archive, one)) for one in archive.infolist()], again)
        again.seek(0)
        file.seek(0)
        return hashlib.file_digest(again, "sha256").digest() == hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    return chunks(archive.open(member))


def _digest(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """The SHA-256 of a file of the zip; nothing where it cannot be read."""
    found = hashlib.sha256()
    try:
        for chunk in _chunks(archive, member):
            found.update(chunk)
    except UNREADABLE:
        return ""
    return found.hexdigest()


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, largest: int) -> bytes | None:
    if member.file_size > largest:
        return None
    try:
        return archive.read(member)
    except UNREADABLE:
        return None


def _read(archive: zipfile.ZipFile, by_path: dict[str, zipfile.ZipInfo], path: str) -> bytes | None:
    return _content(archive, by_path[path], LARGEST_MANIFEST) if path in by_path else None


def _about(manifest: bytes | None) -> dict[str, Any] | None:
    """What a manifest says; nothing where it is not one. Whoever wrote it, every field is of its type."""
    try:
        about = json.loads(manifest or b"")
        files = [
            {
                "path": _printed(one["path"], 500),
                "what": _printed(one["what"], 200),
                "size": int(one["size"]),
                "sha256": str(one["sha256"])[:64],
            }
            for one in about["files"][:MOST_FILES]
        ]
        words = {name: _printed(about[name], 200) for name in ("organisation", "year", "title")}
        return {**words, "files": files, "missing": list(about["missing"])}
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, OverflowError):
        return None


def _printed(said: object, longest: int) -> str:
    """A text that a terminal shows and does not obey."""
    text = str(said)[:longest]
    if not text.isprintable():
        raise ValueError("No manifest of opplan's says that")
    return text


def _known(plan: Plan | None, digests: list[str]) -> dict[str, str]:
    """What opplan knows by these hashes, of a pack whose manifest is not its own. Two queries."""
    submissions = Submission.objects.filter(digest__in=digests)
    versions = DocumentVersion.objects.filter(digest__in=digests)
    if plan is not None:
        submissions, versions = submissions.filter(plan=plan), versions.filter(document__plan=plan)
    found = {
        digest: f"{title}, version {number}"
        for digest, title, number in versions.values_list("digest", "document__title", "number")
    }
    rows = submissions.values_list("digest", "template", "version")
    return found | {digest: f"{template} {version}" for digest, template, version in rows}
