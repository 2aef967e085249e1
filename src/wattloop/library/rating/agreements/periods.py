"""Which spans of local days get a bill of their own, and how far back a tariff must look to price them."""

from __future__ import annotations

import calendar as months
import datetime as dt
import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from wattloop.library.tariffs.compiled import Calendar, Over, Tariff

ALL_MONTHS = frozenset(range(1, 13))


@dataclass(frozen=True, slots=True)
class BillPeriod:
    """Local days from `start` up to, not including, `end`; `wanted` is False for mere history.

    A bill is one period, or several where something changes inside it: `bill` tells which
    belong together. It is below zero for history. `pauses` are days between that do not count.
    """

    start: dt.date
    end: dt.date
    wanted: bool = True
    bill: int = 0
    pauses: tuple[BillPeriod, ...] = ()

    @property
    def days(self) -> int:
        """Days in the period."""
        return (self.end - self.start).days - sum(pause.days for pause in self.pauses)

    @property
    def month_days(self) -> int:
        """Days of the calendar month the period starts in."""
        return months.monthrange(self.start.year, self.start.month)[1]

    def share(self, chosen: Collection[int] = ALL_MONTHS) -> Fraction:
        """How many months' worth of a monthly price, bound or minimum the period carries.

        Each calendar month counts for the part of its days that the period covers: 1 for a
        whole month, 17/31 + 14/28 from 15 January to 14 February. Only the months `chosen`
        (1-12) count.
        """
        parts = monthly(self.start, self.end)
        every = sum((Fraction(p.days, p.month_days) for p in parts if p.start.month in chosen), Fraction(0))
        return every - sum((pause.share(chosen) for pause in self.pauses), Fraction(0))


def next_month(day: dt.date) -> dt.date:
    """First day of the month after the one `day` lies in."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def monthly(start: dt.date, end: dt.date, *, wanted: bool = True) -> list[BillPeriod]:
    """One period per calendar month between two days, the first and last cut to them.

    Raises:
        ValueError: where `end` is not after `start`.
    """
    if end <= start:
        msg = f"the span must end after it starts: {start} to {end}"
        raise ValueError(msg)
    found = []
    while start < end:
        stop = min(next_month(start), end)
        found.append(BillPeriod(start, stop, wanted))
        start = stop
    return found


def bill_periods(start: dt.date, end: dt.date, bill: str) -> list[BillPeriod]:
    """The bills of a span: one per calendar month ("month"), or one over the whole ("span").

    Raises:
        TypeError: where a day is no date, or a moment instead of one.
        ValueError: where the span is empty, or `bill` is neither.
    """
    for day in (start, end):
        if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
            msg = f"a span goes from one datetime.date to another, and {day!r} is none"
            raise TypeError(msg)
    if bill not in ("month", "span"):
        msg = f"bill is 'month' or 'span', not {bill!r}"
        raise ValueError(msg)
    months_of = monthly(start, end)
    months_of = months_of if bill == "month" else [BillPeriod(start, end)]
    return [replace(period, bill=number) for number, period in enumerate(months_of)]


def season_start(calendar: Calendar, day: dt.date) -> dt.date:
    """First day of the season that `day` lies in, as far back as the calendar reaches."""
    at = (day - calendar.first_day).days
    seasons = calendar.season_of_day
    if not 0 <= at < len(seasons):
        return day
    others = np.flatnonzero(seasons[:at] != seasons[at])
    return calendar.first_day + dt.timedelta(days=int(others[-1]) + 1 if len(others) else 0)


def in_force(calendar: Calendar, periods: list[BillPeriod]) -> npt.NDArray[np.bool_]:
    """bool[bill periods, time-of-use periods]: whether a time-of-use period occurs in a bill period at all."""
    occurs = np.stack([(calendar.patterns == p).any(axis=1) for p in range(len(calendar.periods))], axis=1)
    spans = [((p.start - calendar.first_day).days, (p.end - calendar.first_day).days) for p in periods]
    return np.stack([occurs[calendar.pattern_of_day[max(lo, 0) : hi]].any(axis=0) for lo, hi in spans])


def history(tariff: Tariff, start: dt.date) -> list[BillPeriod]:
    """The months, or parts of one, that come before a bill starting at `start` so that it comes out right.

    Tiers count all that was used since their year or season began, even before this version
    of the tariff came into force; a yearly minimum counts what was charged since it did. So
    the months are cut at `valid_from`.
    """
    tiers, new_year = tariff.tiers, dt.date(start.year, 1, 1)
    first = tariff.valid_from or dt.date.min
    begin = start
    if tiers is not None and tiers.over is Over.YEAR:
        begin = new_year
    elif tiers is not None and tiers.over is Over.SEASON:
        begin = season_start(tariff.calendar, start)
    if any(minimum.per == "year" for minimum in tariff.minimums):
        begin = min(begin, max(new_year, first))
    edges = sorted({begin, min(max(begin, first), start), start})
    return [period for low, high in itertools.pairwise(edges) for period in monthly(low, high, wanted=False)]
