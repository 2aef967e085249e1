"""Days and times that calendars are made of: the span to decide, seasons of a year, stretches in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from wattloop.library.tariffs.compiled import MINUTES_PER_STEP
from wattloop.library.tariffs.document_calendar import CalendarPart
from wattloop.library.tariffs.when import MONTHS, DaySpan, Mask

EARLIEST = dt.date(1990, 1, 1)
YEARS_AHEAD = 2
ONLY_PERIOD = "all"
ONLY_SEASON = "all"
LEAP_YEAR = DaySpan(dt.date(2024, 1, 1), 366)


@dataclass(frozen=True, slots=True)
class Span:
    """The local days to decide; `open_start` where the tariff names no first day.

    `lead` days before the first are decided by the same rules, but nothing is wrong there:
    tiers of a tariff that begins inside a year or season count what was used before.
    """

    first: dt.date
    last: dt.date
    open_start: bool = False
    lead: int = 0


def validity_span(
    valid_from: dt.date | None, valid_to: dt.date | None, today: dt.date, over: str | None = None
) -> Span:
    """The days a tariff's calendar decides.

    From `valid_from` (else `EARLIEST`) to `valid_to`; an open tariff through the end of
    the year `YEARS_AHEAD` after the later of its start and today. Tiers over a "season" or
    "year" reach back to where the one that `valid_from` lies in began.
    """
    first = valid_from or EARLIEST
    last = valid_to or dt.date(max(first.year, today.year) + YEARS_AHEAD, 12, 31)
    lead = 0
    if valid_from is not None and over in {"season", "year"}:
        lead = (first - dt.date(first.year, 1, 1)).days if over == "year" else LEAP_YEAR.count
    return Span(first, max(first, last), valid_from is None, lead)


def clock_text(step: int) -> str:
    """The time of day at a five-minute step: 276 -> 23:00."""
    return f"{step * MINUTES_PER_STEP // 60:02d}:{step * MINUTES_PER_STEP % 60:02d}"


def runs(mask: Mask) -> list[tuple[int, int]]:
    """The stretches [start, end) in which a mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def season_days(part: CalendarPart | None) -> dict[str, Mask]:
    """Each season's days of a leap year, bool[366]; empty where the calendar has no seasons."""
    return season_masks(part, LEAP_YEAR) if part is not None else {}


def season_masks(part: CalendarPart, span: DaySpan) -> dict[str, Mask]:
    """Each season's days of a span, bool[days]."""
    named = {name: season.when.mask(span) for name, season in (part.seasons or {}).items() if season.when is not None}
    taken = np.logical_or.reduce([np.zeros(span.count, dtype=np.bool_), *named.values()])
    return {name: named.get(name, ~taken) for name in part.seasons or {}}


def year_days(stretches: list[tuple[int, int]]) -> str:
    """Stretches of a leap year in words: from 15 Jun to 30 Jun."""

    def text(index: int) -> str:
        day = LEAP_YEAR.date(index)
        return f"{day.day} {MONTHS[day.month - 1]}"

    return ", ".join(
        f"on {text(low)}" if high - low == 1 else f"from {text(low)} to {text(high - 1)}" for low, high in stretches
    )
