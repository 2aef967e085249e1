"""Working beside: what is handed over is used by a thread of its own, a few items behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, Self, TypeVar

_DEPTH = 3  # items waiting beside the one in work: what bounds the memory
_WAIT = 0.1

T = TypeVar("T")


class _GivenUp(Exception):
    """The one who hands over failed: what was used so far is not to be finished."""


class Beside(Generic[T]):
    """Hands items to `use`, which takes them as an iterator in a thread of its own, in a `with` block.

    The thread starts with the first item, so that `use` is not called where there is none.
    Leaving the block waits for it; leaving by an exception makes its iterator raise.
    """

    def __init__(self, use: Callable[[Iterator[T]], None]) -> None:
        self._use = use
        self._held: Queue[T] = Queue(_DEPTH)
        self._ended, self._given_up = Event(), Event()
        self._failure: BaseException | None = None
        self._thread: Thread | None = None

    def put(self, item: T) -> None:
        """Hand an item over; waits where several wait already.

        Raises:
            Exception: what `use` raised.
        """
        if self._thread is None:
            # In this context: the thread is to see the same held clock.
            self._thread = Thread(target=copy_context().run, args=(self._work,), name="working beside", daemon=True)
            self._thread.start()
        while self._thread.is_alive():
            with suppress(Full):
                self._held.put(item, timeout=_WAIT)
                return
        self._raise()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        (self._ended if kind is None else self._given_up).set()
        if self._thread is not None:
            self._thread.join()
        if kind is None:
            self._raise()

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        try:
            self._use(self._items())
        except BaseException as error:
            self._failure = error

    def _items(self) -> Iterator[T]:
        while not self._given_up.is_set():
            ended = self._ended.is_set()  # asked before the queue: what was put before the end is in it
            with suppress(Empty):
                yield self._held.get(timeout=0 if ended else _WAIT)
                continue
            if ended:
                return
        raise _GivenUp
