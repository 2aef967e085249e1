"""The one clock: everything that asks for the time asks here, so that a test or a preview can set it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from wattloop.library.quantity.refusal import Refused

_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen", default=None)


def now() -> dt.datetime:
    """The present moment in UTC; what `frozen` or the variable WATTLOOP_NOW (ISO 8601) says where set.

    Raises:
        Refused: where WATTLOOP_NOW is not a moment with an offset.
    """
    held = _frozen.get()
    if held is not None:
        return held
    given = os.environ.get("WATTLOOP_NOW")
    if given:
        try:
            moment = dt.datetime.fromisoformat(given)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise Refused(
                f"{given!r} is not a moment with an offset", "Write 2026-11-01T00:00:00+00:00.", field="WATTLOOP_NOW"
            )
        return moment.astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC)


def today(zone: str | None = None) -> dt.date:
    """The present day in a zone; in UTC without one."""
    return now().astimezone(ZoneInfo(zone) if zone else dt.UTC).date()


@contextmanager
def frozen(at: dt.datetime) -> Iterator[dt.datetime]:
    """Hold the clock at a moment that carries its offset."""
    if at.tzinfo is None:
        msg = "the clock is held at a moment with an offset"
        raise ValueError(msg)
    token = _frozen.set(at.astimezone(dt.UTC))
    try:
        yield at
    finally:
        _frozen.reset(token)
