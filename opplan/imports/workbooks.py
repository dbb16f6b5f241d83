"""Reads workbooks (.xls, .xlsx, .xlsb, .ods) in a process of its own, so that no file can end or stop the application."""

from __future__ import annotations

import atexit
import datetime
import fcntl
import gc
import marshal
import os
import select
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from opplan.imports.unreadable import Unreadable

SECONDS = 30
"""How long a workbook may take. The largest published one (referral to treatment, 2 MB) takes a fifth of a second."""
LARGE_ANSWER = 32 * 1024 * 1024
MOST_IDLE = 2
PIPE = 1024 * 1024
PROGRAM = Path(__file__).with_name("workbook_reader.py")

MENDED = "Download it again, or open it in Excel, save it as .xlsx and load that."


def sheets(name: str, content: bytes, question: Question | None = None) -> list[tuple[str, list[list[Any]], bool]]:
    """The name, rows and hiddenness of each worksheet. Unreadable where there are none to be had.

    `question` is one about the same content that was put earlier, so that a reader could work on it meanwhile.
    """
    reply = (question or Question(content)).answer()
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


class Question:
    """A workbook that a reader works on, from now until the answer is received. Each question has a reader to itself."""

    def __init__(self, content: bytes) -> None:
        self._reader: _Reader | None = _waiting() or _Reader()
        self._taken = self._reader.take(content)
        self._answer: bytes | None = None

    def receive(self) -> None:
        """Wait for the answer and let the reader go: it may be asked the next question."""
        reader, self._reader = self._reader, None
        if reader is None:
            return
        self._answer = reader.give() if self._taken else None
        if self._answer is None or len(self._answer) > LARGE_ANSWER or len(_idle) >= MOST_IDLE:
            # A reader keeps the memory that it once needed: after a large workbook a new one starts small.
            reader.stop()
        else:
            _idle.append(reader)

    def answer(self) -> Any:
        """What the reader says; None when it ended or took too long."""
        self.receive()
        answer, self._answer = self._answer, None
        return None if answer is None else _unpacked(answer)

    def drop(self) -> None:
        """Nobody wants the answer any more."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()


class _Reader:
    """The program that reads workbooks, running."""

    def __init__(self) -> None:
        library = find_spec("python_calamine")
        if library is None or library.origin is None:
            raise RuntimeError("python-calamine is not installed")
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROGRAM), str(Path(library.origin).parent.parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for pipe in (self.process.stdin, self.process.stdout):
            # A workbook or its cells fit in whole, so that neither side waits for the other to make room.
            with suppress(OSError, AttributeError):
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)  # type: ignore[arg-type]

    def take(self, content: bytes) -> bool:
        """Hand over a question. The program takes all of it in before it thinks, and thinks before it begins to answer."""
        target = self.process.stdin
        if target is None:
            return False
        try:
            target.write(len(content).to_bytes(8, "big"))
            target.write(content)
            target.flush()
        except OSError:
            return False
        return True

    def give(self) -> bytes | None:
        """The answer as it comes; None when the program ended, by itself or because it took too long."""
        source = self.process.stdout
        if source is None:
            return None
        try:
            answering = select.poll()
            answering.register(source, select.POLLIN)
            if not answering.poll(SECONDS * 1000):
                return None
            size = int.from_bytes(source.read(8), "big")
            answer = source.read(size)
        except OSError:
            return None
        return answer if size and len(answer) == size else None

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
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


def _unpacked(answer: bytes) -> Any:
    """The answer's objects. Cells cannot refer to each other: looking for circles among them costs as much as making them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return marshal.loads(answer)
    finally:
        if collecting:
            gc.enable()


os.register_at_fork(after_in_child=_forget)
atexit.register(_stop_all)
