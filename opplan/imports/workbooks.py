"""Reads workbooks (.xls, .xlsx, .xlsb, .ods) in a process of its own, so that no file can end or stop the application."""

from __future__ import annotations

import atexit
import datetime
import fcntl
import marshal
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

from opplan.imports.collecting import uncollected
from opplan.imports.unreadable import Unreadable

SECONDS = 30
"""How long a workbook may take. The largest published one (referral to treatment, 2 MB) takes a fifth of a second."""
LARGE_ANSWER = 32 * 1024 * 1024
MOST_IDLE = 2
PIPE = 1024 * 1024
PROGRAM = Path(__file__).with_name("workbook_reader.py")

MENDED = "Download it again, or open it in Excel, save it as .xlsx and load that."


def sheets(name: str, content: bytes) -> list[tuple[str, list[list[Any]], bool]]:
    """The name, rows and hiddenness of each worksheet. Unreadable where there are none to be had."""
    with Asked([content]) as asked:
        return sheets_of(name, asked.answer())


def sheets_of(name: str, reply: Any) -> list[tuple[str, list[list[Any]], bool]]:
    """The worksheets that a reader's answer holds, as `sheets` gives them."""
    if reply is None:
        raise Unreadable(f"{name} is damaged, or needs more memory or time than a workbook should. {MENDED}")
    if reply[0] == "problem":
        raise Unreadable(_explained(name, reply[1], reply[2]))
    found = reply[2]
    if not found:
        raise Unreadable(f"{name} is a workbook without a worksheet. Save it again with its table in a worksheet.")
    if reply[1]:
        found = [(sheet, [[_dated(cell) for cell in row] for row in rows], hidden) for sheet, rows, hidden in found]
    return found


def _explained(name: str, kind: str, what: str) -> str:
    if kind == "password":
        return f"{name} is protected by a password. Save a copy without the password and load that."
    if kind == "sheets":
        return f"{name} has {what} sheets, more than any return that opplan reads. Load the sheets that are needed as a workbook."
    if kind == "cells":
        return (
            f"{name}: sheet “{what}” reaches over more than three million cells. Delete the rows and columns beyond its "
            "table and save it again, or save the sheet as CSV and load that."
        )
    return f"{name} looks like a workbook, but it is damaged or cut off. {MENDED}"


def _dated(cell: Any) -> Any:
    if type(cell) is tuple:
        return datetime.date(*cell) if len(cell) == 3 else datetime.datetime(*cell)
    return cell


class Asked:
    """Workbooks that one reader works through in turn, from now on, while the caller takes the answers as they come."""

    def __init__(self, contents: Sequence[bytes]) -> None:
        self._left = deque(contents)
        self._reader: _Reader | None = None
        self._ask()

    def __enter__(self) -> Asked:
        return self

    def __exit__(self, *_: object) -> None:
        """Nobody wants the answers that are still to come."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()

    def _ask(self) -> None:
        """Hand a reader all that is still to be answered."""
        if self._left:
            self._reader = _waiting() or _Reader()
            self._reader.take(list(self._left))

    def answer(self) -> Any:
        """What the reader says of the next workbook; None when it ended over it or took too long."""
        reader, self._reader = self._reader, None
        if reader is None:
            return None
        answer = reader.give()
        self._left.popleft()
        if answer is None or len(answer) > LARGE_ANSWER:
            # A reader keeps the memory that it once needed: after a large workbook a new one starts small.
            reader.stop()
            self._ask()
        elif self._left:
            self._reader = reader
        elif len(_idle) < MOST_IDLE:
            _idle.append(reader)
        else:
            reader.stop()
        return None if answer is None else _unpacked(answer)


class _Reader:
    """The program that reads workbooks, running."""

    def __init__(self) -> None:
        library = find_spec("python_calamine")
        if library is None or library.origin is None:
            raise RuntimeError("python-calamine is not installed")
        # Without buffers of our own: what the program has said must all be in the pipe, which alone tells that it has spoken.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROGRAM), str(Path(library.origin).parent.parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._questions, self._answers = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._feeding: Thread | None = None
        self._speaking = select.poll()
        self._speaking.register(self._answers, select.POLLIN)
        for pipe in (self._questions, self._answers):
            # Room for several workbooks or their cells, so that neither side waits for the other.
            with suppress(OSError, AttributeError):
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)

    def take(self, contents: Sequence[bytes]) -> None:
        """Hand over questions. A thread does, since the program answers the first before it has taken in the last."""
        self._feeding = Thread(target=self._feed, args=(contents,), daemon=True)
        self._feeding.start()

    def _feed(self, contents: Sequence[bytes]) -> None:
        # When the program ends, whoever waits for its answer sees it.
        with suppress(OSError):
            for content in contents:
                for part in (len(content).to_bytes(8, "big"), content):
                    left = memoryview(part)
                    while left:
                        left = left[os.write(self._questions, left) :]

    def give(self) -> bytearray | None:
        """The next answer as it comes; None when the program ended, by itself or because it took too long."""
        length = self._exactly(8)
        return self._exactly(int.from_bytes(length, "big")) if length else None

    def _exactly(self, size: int) -> bytearray | None:
        held = bytearray(size)
        left = memoryview(held)
        while left:
            if not self._speaking.poll(SECONDS * 1000):
                return None
            got = os.readv(self._answers, [left])
            if not got:
                return None
            left = left[got:]
        return held

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        if self._feeding is not None:
            self._feeding.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


_idle: list[_Reader] = []
"""Readers that wait for the next workbook: starting one takes as long as reading ten months."""


def _waiting() -> _Reader | None:
    """A reader that still runs and has nothing to do. Another thread may take the last one at any moment."""
    with suppress(IndexError):
        while True:
            reader = _idle.pop()
            if reader.process.poll() is None:
                return reader
            reader.stop()
    return None


def _forget() -> None:
    """In a copy of the process: the readers belong to the original, which still speaks to them."""
    _idle.clear()


def _stop_all() -> None:
    while _idle:
        _idle.pop().stop()


def _unpacked(answer: bytearray) -> Any:
    """The answer's objects. Cells cannot refer to each other: looking for circles among them costs as much as making them."""
    with uncollected():
        return marshal.loads(answer)


os.register_at_fork(after_in_child=_forget)
atexit.register(_stop_all)
