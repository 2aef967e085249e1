"""A seeded series of daily temperatures for a county in eastern China: seasons, and warm and cold spells."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.calendars import business_calendar
from wattloop.library.quantity.refusal import Refused

_EPOCH = dt.date(2015, 1, 1)  # the series always begins here, so that a day is as warm whatever span is asked for
_MEAN, _SWING, _HOTTEST = 15.5, 12.5, 205  # °C, °C, day of the year
_PERSISTENCE, _SPELL = 0.78, 2.1


def temperatures(first: dt.date, last: dt.date, seed: int) -> npt.NDArray[np.float64]:
    """Mean temperature of each day in °C, both ends included."""
    count = (last - _EPOCH).days + 1
    shocks = np.random.default_rng([seed, 1]).normal(0, _SPELL, count)
    spell = np.zeros(count)
    for at in range(1, count):  # a few thousand days: each rests on the one before
        spell[at] = _PERSISTENCE * spell[at - 1] + shocks[at]
    day = np.arange(count)
    season = _MEAN + _SWING * np.cos(2 * np.pi * (day + 1 - _HOTTEST) / 365.2425)
    found: npt.NDArray[np.float64] = (season + spell)[(first - _EPOCH).days :]
    return found


def day_kinds(first: dt.date, last: dt.date) -> npt.NDArray[np.int8]:
    """0 working day, 1 weekend, 2 public holiday, as China works; years not announced yet have weekends alone."""
    calendar = business_calendar("CN")
    parts = []
    for year in range(first.year, last.year + 1):
        lo, hi = max(first, dt.date(year, 1, 1)), min(last, dt.date(year, 12, 31))
        try:
            parts.append(calendar.day_kinds(lo, hi))
        except Refused:
            parts.append(business_calendar("none").day_kinds(lo, hi))
    return np.concatenate(parts)
