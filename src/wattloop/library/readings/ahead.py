"""Reading ahead: the engine parses the next batches while the present one is pivoted."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Empty, Full, Queue
from threading import Event, Thread

import pyarrow as pa

_DEPTH = 3  # batches held beside the one in work: what bounds the memory
_WAIT = 0.1


def ahead(batches: Iterable[pa.RecordBatch]) -> Generator[pa.RecordBatch, None, None]:
    """The same batches, fetched by a thread of their own; close it where it is not read to its end.

    Raises:
        Exception: what fetching raised, in its place among the batches.
    """
    held: Queue[pa.RecordBatch | BaseException | None] = Queue(_DEPTH)
    enough = Event()

    def put(item: pa.RecordBatch | BaseException | None) -> None:
        while not enough.is_set():
            try:
                return held.put(item, timeout=_WAIT)
            except Full:
                continue

    def fetch() -> None:
        try:
            for batch in batches:
                put(batch)
                if enough.is_set():
                    return
        except BaseException as error:
            put(error)
        else:
            put(None)

    thread = Thread(target=fetch, name="reading ahead", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = held.get(timeout=_WAIT)
            except Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        enough.set()
        thread.join()
