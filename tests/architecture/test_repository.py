"""What lies in the repository: no machine's paths, no index address, no inline script or style, and a README that matches the tree."""

import re
import subprocess
import sys

import pytest

from tests.architecture.tree import PACKAGES, ROOT, files

TEMPLATES = [path for path in files() if path.suffix == ".html"]
# Written in pieces, so that this file does not hold what it forbids.
OF_A_MACHINE = ["/" + "work/", "/" + "root/", "index" + "-url", '"reso' + 'lved"', "/" + "home/"]
HEAVY = ["pandas", "openpyxl", "plotly", "calamine", "python_calamine"]


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_no_template_carries_inline_style_or_script(path) -> None:  # type: ignore[no-untyped-def]
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "javascript:" not in text
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script, script


def test_no_file_carries_a_machine_path_or_an_index_address() -> None:
    found = []
    for path in files():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path}: {part}" for part in OF_A_MACHINE if part in text and not allowed(str(path), part, text)]
    assert not found


def allowed(path: str, part: str, text: str) -> bool:
    """pip-compile is told by a flag to leave the index out; that flag's name is not an address."""
    return part == OF_A_MACHINE[2] and not text.replace(f"no-emit-{part}", "").count(part)


def test_starting_up_imports_nothing_heavy() -> None:
    """What reads and writes workbooks and draws charts is loaded by the page that needs it, or only by tests."""
    script = (
        "import sys, django; django.setup(); import opplan.urls; from django.urls import get_resolver; "
        "get_resolver().reverse_dict; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", script]
    environment = {"DJANGO_SETTINGS_MODULE": "opplan.settings", "DEMONSTRATION": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not set(HEAVY) & set(done.stdout.split())


def rooms() -> list[str]:
    """The packages that a newcomer looks for: each at the top, and each of opplan's own."""
    inside = {
        path.parts[1] for path in files() if path.parts[0] == "opplan" and len(path.parts) > 2 and path.suffix == ".py"
    }
    return sorted({*PACKAGES, *(f"opplan/{name}" for name in inside if name != "management")})


@pytest.mark.parametrize("room", rooms())
def test_the_readme_says_what_each_room_is_for(room: str) -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if re.search(rf"`{room}(/|`)", line)]
    assert told, f"README.md does not name `{room}`"
    assert any(len(re.sub(r"`[^`]*`|\W", "", line)) > 15 for line in told), f"README.md says nothing of `{room}`"


def test_every_package_has_an_init_file() -> None:
    folders = {path.parent for path in files() if path.suffix == ".py" and path.parts[0] in PACKAGES}
    assert not [folder for folder in folders if not (ROOT / folder / "__init__.py").exists()]
