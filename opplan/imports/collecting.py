"""Work that makes a great many objects, none of which refer to each other in a ring."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for rings among objects: reading an import's cells would spend as long on it as on the cells."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
