"""The hours that two versions of a tariff put into different periods, on each day of a year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wattloop.library.tariffs.calendar import compile_calendar
from wattloop.library.tariffs.compiled import MINUTES_PER_STEP, Calendar, Tariff
from wattloop.library.tariffs.days import Span, clock_text, runs
from wattloop.library.tariffs.problems import Findings
from wattloop.library.tariffs.show_facts import describe_days
from wattloop.library.tariffs.when import DaySpan

STEPS_PER_HOUR = 60 // MINUTES_PER_STEP


@dataclass(frozen=True, slots=True)
class Move:
    """Hours of the day that were in one period and are in another, on `count` days of the year, which `days` names."""

    old: str
    new: str
    hours: tuple[tuple[str, str], ...]
    days: str
    count: int
    hours_a_year: float


def moved_hours(old: Tariff, new: Tariff, year: int) -> tuple[Move, ...] | None:
    """What moves from one period to another, the most hours first.

    None where one of them cannot say of every day of the year which periods it has.
    """
    calendars = [_of_year(tariff, year) for tariff in (old, new)]
    if calendars[0] is None or calendars[1] is None:
        return None
    names = list(dict.fromkeys([*calendars[0].periods, *calendars[1].periods]))
    before, after = (_steps(calendar, names) for calendar in calendars if calendar is not None)
    days = DaySpan(dt.date(year, 1, 1), len(before))
    found: list[Move] = []
    for pair in np.unique(np.stack([before, after])[:, before != after].T, axis=0):
        moved = (before == pair[0]) & (after == pair[1])
        shapes, which = np.unique(moved, axis=0, return_inverse=True)
        for number, shape in enumerate(shapes):
            on = which.reshape(-1) == number
            if not shape.any():
                continue
            hours = tuple((clock_text(low), clock_text(high)) for low, high in runs(shape))
            words = describe_days(on, np.ones(days.count, np.bool_), days)
            a_year = int(shape.sum()) * int(on.sum()) / STEPS_PER_HOUR
            found.append(Move(names[pair[0]], names[pair[1]], hours, words, int(on.sum()), a_year))
    return tuple(sorted(found, key=lambda move: -move.hours_a_year))


def _of_year(tariff: Tariff, year: int) -> Calendar | None:
    """The periods as written, on every day of a year; a variant's are the ones that it has left."""
    if tariff.document is None or tariff.applied:
        calendar = tariff.calendar
    else:
        findings = Findings(file=tariff.document.file)
        span = Span(dt.date(year, 1, 1), dt.date(year, 12, 31))
        calendar = compile_calendar(tariff.document.calendar, span, findings)
        if findings.errors:
            return None
    decided = calendar.first_day <= dt.date(year, 1, 1) and dt.date(year, 12, 31) <= calendar.last_day
    return calendar if decided else None


def _steps(calendar: Calendar, names: list[str]) -> npt.NDArray[np.int16]:
    """int16[365 or 366, steps]: the number in `names` of each step's period, from the year's first day on."""
    numbers = np.array([names.index(period) for period in calendar.periods], np.int16)
    return numbers[calendar.patterns][calendar.pattern_of_day]
