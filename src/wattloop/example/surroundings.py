"""What a county has in common, day by day: what kind of day it is, how warm, how dry, how long dark.

Every series begins on one fixed day, so that a day is the same whatever span is asked for.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

import holidays
import numpy as np
import numpy.typing as npt

from wattloop.example.weather import dark, drought, temperatures
from wattloop.library.quantity.calendars import HOLIDAY, business_calendar

SLOTS = 96
_COMFORT_HOT, _COMFORT_COLD = 24.0, 12.0  # °C


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Whole calendar months of a county.

    Args:
        first: the first day, the first of a month.
        months: (year, month) in order.
        begins: int[months + 1], the day that each month begins with, counted from the first, and their number.
        kinds: int8[days], 0 working day, 1 weekend, 2 public holiday.
        festival: int[days], days to the nearest public day of the Spring Festival.
        summer: bool[days], July and August.
        hot, cold: float64[days], degrees above 24 °C and below 12 °C.
        drought: float64[days], 0 to 1, how much the fields need water.
        dark: float64[days, 96], the part of each slot between dusk and dawn.
    """

    first: dt.date
    months: list[tuple[int, int]]
    begins: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int8]
    festival: npt.NDArray[np.int64]
    summer: npt.NDArray[np.bool_]
    hot: npt.NDArray[np.float64]
    cold: npt.NDArray[np.float64]
    drought: npt.NDArray[np.float64]
    dark: npt.NDArray[np.float64]

    @classmethod
    def around(cls, first: dt.date, last: dt.date, seed: int) -> Surroundings:
        """The whole months that hold two days and all between them."""
        numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        months = [(n // 12, n % 12 + 1) for n in numbers]
        lengths = [calendar.monthrange(*month)[1] for month in months]
        begin = first.replace(day=1)
        end = begin + dt.timedelta(days=sum(lengths) - 1)
        degrees = temperatures(begin, end, seed)
        days = np.arange(np.datetime64(begin), np.datetime64(end) + 1)
        return cls(
            begin,
            months,
            np.concatenate([[0], np.cumsum(lengths)]),
            day_kinds(begin, end),
            _days_to_festival(days),
            np.isin(days.astype("datetime64[M]").astype(int) % 12, [6, 7]),
            np.maximum(degrees - _COMFORT_HOT, 0),
            np.maximum(_COMFORT_COLD - degrees, 0),
            drought(begin, end, seed),
            dark(begin, end),
        )

    def within(self, first: dt.date, last: dt.date) -> slice:
        """Which of these days lie between two, both included."""
        return slice((first - self.first).days, (last - self.first).days + 1)


def day_kinds(first: dt.date, last: dt.date) -> npt.NDArray[np.int8]:
    """0 working day, 1 weekend, 2 public holiday, as China works.

    A year that the State Council has not announced yet has the holidays that the law and
    the moon give it, and no made-up working days.
    """
    announced, expected = business_calendar("CN"), business_calendar("none")
    parts = []
    for year in range(first.year, last.year + 1):
        lo, hi = max(first, dt.date(year, 1, 1)), min(last, dt.date(year, 12, 31))
        if announced.knows(year):
            parts.append(announced.day_kinds(lo, hi))
            continue
        kinds = expected.day_kinds(lo, hi)
        kinds[[(day - lo).days for day in holidays.country_holidays("CN", years=year) if lo <= day <= hi]] = HOLIDAY
        parts.append(kinds)
    return np.concatenate(parts)


def _days_to_festival(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    years = range(days[0].astype(object).year - 1, days[-1].astype(object).year + 2)
    public = [d for d, name in holidays.country_holidays("CN", years=years).items() if "Chinese New Year" in name]
    festival = np.sort(np.array(public, "datetime64[D]"))
    after = np.searchsorted(festival, days)
    found: npt.NDArray[np.int64] = np.minimum(
        np.abs((days - festival[np.maximum(after - 1, 0)]).astype(np.int64)),
        np.abs((days - festival[np.minimum(after, len(festival) - 1)]).astype(np.int64)),
    )
    return found
