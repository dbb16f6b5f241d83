"""`make test`: finds or installs the browser, runs every test on SQLite and, beside it, the database tests on a PostgreSQL of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOMS = ("plans", "accounts", "initiatives", "activity", "finance", "dashboards", "submissions")
EVERY_PAGE = "tests/architecture/test_addresses.py::test_the_examples_of_these_tests_are_real_pages"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    """What pytest answers; the run on PostgreSQL goes on beside the browser's, which waits more than it works."""
    if not browser():
        return 1
    arguments = sys.argv[1:]
    cores = min(os.cpu_count() or 1, 4)
    if arguments:
        return subprocess.run(pytest(cores, *arguments)).returncode
    here = os.environ | {"DATABASE_URL": ""}
    print("Tests on SQLite, the browser's journeys included", flush=True)
    with postgresql() as url, tempfile.TemporaryFile("w+") as told:
        if url is None:
            print("PostgreSQL's server binaries were not found: the database tests run on SQLite alone.", flush=True)
            return subprocess.run(pytest(cores), env=here).returncode
        # What a page or a file looks like hangs on no database: those tests run once, and every page is opened on PostgreSQL too.
        asked = ("-m", "django_db and not once", *(f"tests/{room}" for room in ROOMS), EVERY_PAGE)
        again = pytest(max(1, cores // 2), *asked)
        with subprocess.Popen(again, env=os.environ | {"DATABASE_URL": url}, stdout=told, stderr=told) as beside:
            code = subprocess.run(pytest(cores), env=here).returncode
            print("The database tests again, on PostgreSQL", flush=True)
        told.seek(0)
        print(told.read(), end="", flush=True)
        return code or beside.returncode


def pytest(workers: int, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-n", str(workers), "--dist", "worksteal", "-rs", *arguments]


def browser() -> str | None:
    """The machine's Chromium; on Debian as root it is installed where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium for the journeys", flush=True)
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["update", "-qq"],
            ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation"],
        ):
            subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL, check=True)
        found = shutil.which("chromium")
    if found is None:
        print(
            "The journeys need Chromium: install it (on Debian and Ubuntu: apt-get install chromium), then run make test again."
        )
    return found


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The address of a PostgreSQL server that is started here and removed afterwards; None where there are no server binaries."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(homes[-1]) if homes else None)
    if initdb is None:
        yield None
        return
    tools = Path(initdb).resolve().parent
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="opplan-postgresql-") as folder:
        data = Path(folder) / "data"
        prefix: list[str] = []
        if root:
            shutil.chown(folder, "postgres")
            prefix = ["runuser", "-u", "postgres", "--"]
        careless = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        settings = " ".join(
            f"-c {one}" for one in ("listen_addresses=''", f"unix_socket_directories={folder}", *careless)
        )

        def run(*command: str) -> None:
            subprocess.run([*prefix, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder)

        run(
            str(tools / "initdb"),
            "-D",
            str(data),
            "-U",
            "opplan",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        )
        run(str(tools / "pg_ctl"), "-D", str(data), "-o", settings, "-l", str(Path(folder) / "log"), "-w", "start")
        try:
            run(str(tools / "createdb"), "-h", folder, "-U", "opplan", "opplan")
            yield f"postgres://opplan@{folder.replace('/', '%2F')}/opplan"
        finally:
            run(str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")


if __name__ == "__main__":
    sys.exit(main())
