"""Working ahead: the next batches are made while the present one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar, cast

_DEPTH = 3  # batches held beside the one in work: what bounds the memory
_WAIT = 0.1

T = TypeVar("T")

_END = object()


def ahead(batches: Iterable[T]) -> Generator[T, None, None]:
    """The same batches, made by a thread of their own; close it where it is not read to its end.

    Raises:
        Exception: what making them raised, in its place among the batches.
    """
    held: Queue[object] = Queue(_DEPTH)
    enough = Event()
    # In this context: the thread is to see the same held clock.
    work = copy_context().run
    thread = Thread(target=work, args=(_fetch, batches, held, enough), name="working ahead", daemon=True)
    thread.start()
    try:
        while True:
            with suppress(Empty):
                item = held.get(timeout=_WAIT)
                if item is _END:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield cast(T, item)
    finally:
        enough.set()
        thread.join()


def _fetch(batches: Iterable[object], held: Queue[object], enough: Event) -> None:
    try:
        for batch in batches:
            _put(batch, held, enough)
            if enough.is_set():
                return
    except BaseException as error:
        _put(error, held, enough)
    else:
        _put(_END, held, enough)
    finally:
        if close := getattr(batches, "close", None):
            close()  # a query left half read would block its connection


def _put(item: object, held: Queue[object], enough: Event) -> None:
    while not enough.is_set():
        with suppress(Full):
            held.put(item, timeout=_WAIT)
            return
