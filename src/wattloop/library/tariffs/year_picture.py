"""A year of a tariff as a picture's facts: month by month which days go how, whatever versions hold in it."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wattloop.library.tariffs.compiled import MINUTES_PER_STEP, STEPS_PER_DAY, Tariff
from wattloop.library.tariffs.show_facts import describe_days
from wattloop.library.tariffs.when import DaySpan


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours of a day in one period; `start` and `end` in minutes from midnight."""

    start: int
    end: int
    period: str


@dataclass(frozen=True, slots=True)
class Days:
    """Days of a year that go alike.

    Args:
        words: which they are, in English words that `show_words.days` knows.
        count: how many.
        first: the first of them.
        hours: their day.
    """

    words: str
    count: int
    first: dt.date
    hours: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class YearPicture:
    """The days of a year.

    Args:
        year: which.
        months: {month (1-12): its sorts of days, the most days first}; months without a decided day are missing.
        sorts: the sorts of days over the whole year, the most days first.
        undecided: how many days no version decides.
    """

    year: int
    months: dict[int, tuple[Days, ...]]
    sorts: tuple[Days, ...]
    undecided: int


def year_picture(versions: list[Tariff], year: int) -> YearPicture:
    """The year under the versions of one tariff that hold in it."""
    span = DaySpan(dt.date(year, 1, 1), (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days)
    known: dict[tuple[str, ...], int] = {}
    sort_of_day = np.full(span.count, -1, np.int64)
    for version in versions:
        calendar = version.calendar
        first = max(calendar.first_day, version.valid_from or calendar.first_day, span.first)
        last = min(calendar.last_day, version.valid_to or calendar.last_day, dt.date(year, 12, 31))
        if last < first:
            continue
        start, count, at = (first - calendar.first_day).days, (last - first).days + 1, (first - span.first).days
        patterns = calendar.pattern_of_day[start : start + count]
        for pattern in np.unique(patterns).tolist():
            names = tuple(calendar.periods[period] for period in calendar.patterns[pattern].tolist())
            sort_of_day[at : at + count][patterns == pattern] = known.setdefault(names, len(known))
    hours = [_hours(names) for names in known]
    every = np.ones(span.count, np.bool_)
    months = {
        month: found
        for month in range(1, 13)
        if (found := _sorts(sort_of_day, span.months == month, span, hours))
    }  # fmt: skip
    return YearPicture(year, months, _sorts(sort_of_day, every, span, hours), int((sort_of_day < 0).sum()))


def _sorts(
    sort_of_day: npt.NDArray[np.int64], within: npt.NDArray[np.bool_], span: DaySpan, hours: list[tuple[Stretch, ...]]
) -> tuple[Days, ...]:
    found = []
    for sort in np.unique(sort_of_day[within & (sort_of_day >= 0)]).tolist():
        mask = within & (sort_of_day == sort)
        days = np.flatnonzero(mask)
        found.append(Days(describe_days(mask, within, span), len(days), span.date(int(days[0])), hours[sort]))
    return tuple(sorted(found, key=lambda one: -one.count))


def _hours(names: tuple[str, ...]) -> tuple[Stretch, ...]:
    edges = [0, *(at for at in range(1, STEPS_PER_DAY) if names[at] != names[at - 1]), STEPS_PER_DAY]
    return tuple(
        Stretch(low * MINUTES_PER_STEP, high * MINUTES_PER_STEP, names[low]) for low, high in itertools.pairwise(edges)
    )
