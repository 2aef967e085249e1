"""Up to which day agreements are billed: what a later room knows, and this one has to respect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection

Until = Callable[[Collection[int]], dict[int, dt.date]]
"""{agreement's id: the last day of its newest bill that stands}; those without a bill are not in it."""

_told: list[Until] = []


def told_by(until: Until) -> Until:
    """Let a room tell up to which day agreements are billed."""
    _told.append(until)
    return until


def until(agreements: Collection[int]) -> dict[int, dt.date]:
    """The last day billed of some agreements, by their ids."""
    found: dict[int, dt.date] = {}
    for one in _told:
        for agreement, day in one(agreements).items():
            found[agreement] = max(day, found.get(agreement, day))
    return found
