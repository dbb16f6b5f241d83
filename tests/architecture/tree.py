"""The repository as git lists it: what is committed, and what is new and not ignored."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("opplan", "initiatives", "activity", "finance")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository, relative to its root. Without git (an unpacked archive), every file outside ignored folders."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()} | {".git"}
        listed = [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob("*")
            if path.is_file() and not ignored & set(path.relative_to(ROOT).parts)
        ]
    return tuple(Path(name) for name in sorted(set(listed)) if name and (ROOT / name).is_file())


def modules() -> list[Path]:
    """Every Python file of the house, relative to the root; its tests and migrations apart."""
    return [
        path
        for path in files()
        if path.suffix == ".py" and path.parts[0] in PACKAGES and "migrations" not in path.parts
    ]
