"""Which spans of local days get a bill of their own, and how far back a tariff must look to price them."""

from __future__ import annotations

import calendar as months
import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.compiled import Calendar, Over, Tariff


@dataclass(frozen=True, slots=True)
class BillPeriod:
    """Local days from `start` up to, not including, `end`; `wanted` is False for mere history."""

    start: dt.date
    end: dt.date
    wanted: bool = True

    @property
    def days(self) -> int:
        """Days in the period."""
        return (self.end - self.start).days

    @property
    def month_days(self) -> int:
        """Days of the calendar month the period starts in."""
        return months.monthrange(self.start.year, self.start.month)[1]

    @property
    def within_month(self) -> bool:
        """Whether the period lies inside one calendar month."""
        return self.end <= next_month(self.start)


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


def history_start(tariff: Tariff, start: dt.date) -> dt.date:
    """Where the tariff must begin to count so that a bill starting at `start` comes out right."""
    earliest = start
    if tariff.tiers is not None and tariff.tiers.over is Over.YEAR:
        earliest = min(earliest, dt.date(start.year, 1, 1))
    if tariff.tiers is not None and tariff.tiers.over is Over.SEASON:
        earliest = min(earliest, season_start(tariff.calendar, start))
    if any(minimum.per == "year" for minimum in tariff.minimums):
        earliest = min(earliest, dt.date(start.year, 1, 1))
    return earliest


def with_history(wanted: list[BillPeriod], begin: dt.date) -> list[BillPeriod]:
    """The wanted periods with months of history before them, from `begin` on."""
    start = wanted[0].start
    past = monthly(begin, start, wanted=False) if begin < start else []
    return [*past, *wanted]


def check_validity(tariff: Tariff, wanted: list[BillPeriod]) -> None:
    """Refuse to price a day on which the tariff is not in force.

    Raises:
        Refused: naming the tariff and the days.
    """
    first, last = wanted[0].start, wanted[-1].end - dt.timedelta(days=1)
    if (tariff.valid_from and first < tariff.valid_from) or (tariff.valid_to and last > tariff.valid_to):
        until = tariff.valid_to or "further notice"
        raise Refused(
            f"tariff {tariff.id} is in force from {tariff.valid_from} to {until}, not on all of {first} to {last}",
            "Give the version of the tariff that was in force, or another span.",
        )
