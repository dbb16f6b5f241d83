"""A program of its own: reads workbooks from standard input, one after another, and writes their cells to standard output.

It runs apart from the application because the library that reads workbooks asks for as much memory as a damaged file claims to
need, and then ends its whole process. It imports nothing of ours, so that it starts at once. Both ways a message is eight bytes
of length and as many of content; an answer is marshalled: ("cells", tagged, [(name, rows, hidden), ...]) or ("problem", kind,
what). `tagged` says that dates, which cannot be marshalled, stand as tuples.
"""

import datetime
import gc
import io
import marshal
import sys

MEMORY = 512 * 1024 * 1024
"""A workbook of three million cells needs some 400 MB; what asks for more is refused at once, before the memory is filled."""
MOST_SHEETS = 250
MOST_CELLS = 3_000_000


def answer(content):  # type: ignore[no-untyped-def]
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        listed = book.sheets_metadata
        if len(listed) > MOST_SHEETS:
            return ("problem", "sheets", str(len(listed)))
        sheets, cells = [], 0
        for about in listed:
            if about.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            cells += sheet.total_height * sheet.total_width
            if cells > MOST_CELLS:
                return ("problem", "cells", about.name)
            hidden = about.visible != calamine.SheetVisibleEnum.Visible
            sheets.append((about.name, sheet.to_python(skip_empty_area=False), hidden))
        return ("cells", False, sheets)
    except calamine.PasswordError:
        return ("problem", "password", "")
    except BaseException as problem:
        # A panic of the library is no Exception; whatever it was, the file could not be read.
        return ("problem", "damaged", type(problem).__name__)


def marshalled(reply):  # type: ignore[no-untyped-def]
    try:
        return marshal.dumps(reply)
    except ValueError:
        plain = (str, float, int, bool)
        sheets = [
            (name, [[cell if type(cell) in plain else tagged(cell) for cell in row] for row in rows], hidden)
            for name, rows, hidden in reply[2]
        ]
        return marshal.dumps(("cells", True, sheets))


def tagged(cell):  # type: ignore[no-untyped-def]
    """A date, time or span as a tuple; whatever else, as text."""
    if isinstance(cell, datetime.datetime):
        return (cell.year, cell.month, cell.day, cell.hour, cell.minute, cell.second)
    if isinstance(cell, datetime.date):
        return (cell.year, cell.month, cell.day)
    return "" if cell is None else str(cell)


def main():  # type: ignore[no-untyped-def]
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass
    # Cells cannot refer to each other: looking for circles among them would cost a fifth of the reading.
    gc.disable()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while len(length := source.read(8)) == 8:
        reply = marshalled(answer(source.read(int.from_bytes(length, "big"))))
        # In one piece, so that whoever waits for it is woken once.
        target.write(len(reply).to_bytes(8, "big") + reply)
        target.flush()


if __name__ == "__main__":
    # The folder that holds the library comes as the only argument: starting without the site's set-up saves half of the time.
    sys.path.append(sys.argv[1])
    main()
