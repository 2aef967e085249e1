"""Reading ahead: the engine parses the next batches while the present one is pivoted."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeAlias

import pyarrow as pa

_DEPTH = 3  # batches held beside the one in work: what bounds the memory
_WAIT = 0.1

_Item: TypeAlias = pa.RecordBatch | BaseException | None


def ahead(batches: Iterable[pa.RecordBatch]) -> Generator[pa.RecordBatch, None, None]:
    """The same batches, fetched by a thread of their own; close it where it is not read to its end.

    Raises:
        Exception: what fetching raised, in its place among the batches.
    """
    held: Queue[_Item] = Queue(_DEPTH)
    enough = Event()
    thread = Thread(target=_fetch, args=(batches, held, enough), name="reading ahead", daemon=True)
    thread.start()
    try:
        while True:
            with suppress(Empty):
                item = held.get(timeout=_WAIT)
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
    finally:
        enough.set()
        thread.join()


def _fetch(batches: Iterable[pa.RecordBatch], held: Queue[_Item], enough: Event) -> None:
    try:
        for batch in batches:
            _put(batch, held, enough)
            if enough.is_set():
                return
    except BaseException as error:
        _put(error, held, enough)
    else:
        _put(None, held, enough)


def _put(item: _Item, held: Queue[_Item], enough: Event) -> None:
    while not enough.is_set():
        with suppress(Full):
            held.put(item, timeout=_WAIT)
            return
