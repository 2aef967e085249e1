"""What is asked of the enterprise once a page, however often the page needs it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

T = TypeVar("T")
_held: ContextVar[dict[Hashable, object] | None] = ContextVar("remembered", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Ask each question once until the block ends. Only for what reads: who changes the answer must not be inside."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def once(question: Hashable, ask: Callable[[], T]) -> T:
    """The answer to a question, asked anew outside of `remembering`."""
    held = _held.get()
    if held is None:
        return ask()
    if question not in held:
        held[question] = ask()
    return cast(T, held[question])
