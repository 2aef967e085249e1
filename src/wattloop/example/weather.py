"""The sky over a county in eastern China: warmth with its spells, rain and dry fields, dusk and dawn.

Warmth and rain are drawn from a seed; the sun keeps to the latitude.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

_EPOCH = dt.date(2015, 1, 1)  # each series begins here, so that a day is the same whatever span is asked for
_MEAN, _SWING, _HOTTEST = 15.5, 12.5, 205  # °C, °C, day of the year
_PERSISTENCE, _SPELL = 0.78, 2.1
_LATITUDE = 31.5  # °N; the county lies on 120 °E, the meridian of China's clock
_TILT = 23.44
_TWILIGHT = 0.2  # hours after sunset and before sunrise that need no lamps
_WETTEST = 175  # day of the year, in the plum rains
_RAINY = (0.32, 0.12)  # chance of rain on a day: mean, swing
_RAINS_ON = 0.25  # and by how much likelier after a day with rain
_SHOWER = 9.0  # mm, mean
_HOLDS = 60.0  # mm that the soil holds for the crops


def _since_epoch(last: dt.date) -> npt.NDArray[np.int64]:
    return np.arange((last - _EPOCH).days + 1)


def _season(day: npt.NDArray[np.int64], highest: int) -> npt.NDArray[np.float64]:
    """A year's cosine, 1 on its highest day of the year."""
    found: npt.NDArray[np.float64] = np.cos(2 * np.pi * (day + 1 - highest) / 365.2425)
    return found


def temperatures(first: dt.date, last: dt.date, seed: int) -> npt.NDArray[np.float64]:
    """Mean temperature of each day in °C, both ends included."""
    day = _since_epoch(last)
    shocks = np.random.default_rng([seed, 1]).normal(0, _SPELL, len(day))
    spell = np.zeros(len(day))
    for at in range(1, len(day)):  # a few thousand days: each rests on the one before
        spell[at] = _PERSISTENCE * spell[at - 1] + shocks[at]
    found: npt.NDArray[np.float64] = (_MEAN + _SWING * _season(day, _HOTTEST) + spell)[(first - _EPOCH).days :]
    return found


def drought(first: dt.date, last: dt.date, seed: int) -> npt.NDArray[np.float64]:
    """How much the fields need water on each day, 0 to 1: nothing in winter or after rain."""
    day = _since_epoch(last)
    drawn = np.random.default_rng([seed, 4]).random((len(day), 2))  # a row a day: a longer span adds rows
    chance = _RAINY[0] + _RAINY[1] * _season(day, _WETTEST)
    shower = -_SHOWER * np.log1p(-drawn[:, 1])
    drunk = 2.5 + 2.2 * _season(day, _HOTTEST)  # mm a day, by crops and sun
    lacking, rained = np.zeros(len(day)), False
    for at in range(1, len(day)):
        rained = bool(drawn[at, 0] < chance[at] + (_RAINS_ON if rained else -_RAINS_ON / 2))
        lacking[at] = min(max(lacking[at - 1] + drunk[at] - (shower[at] if rained else 0), 0), _HOLDS)
    growing = np.clip(0.9 + 1.5 * _season(day, _HOTTEST), 0, 1)
    found: npt.NDArray[np.float64] = (growing * lacking / _HOLDS)[(first - _EPOCH).days :]
    return found


def sun(first: dt.date, last: dt.date) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Sunrise and sunset of each day in hours of China's clock, good to a few minutes."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    of_year = (days - days.astype("datetime64[Y]")).astype(np.int64) + 1
    turn = 2 * np.pi * (of_year - 81) / 365.2425
    tilt = np.radians(_TILT) * np.sin(turn)
    half = np.degrees(np.arccos(-np.tan(np.radians(_LATITUDE)) * np.tan(tilt))) / 15
    noon = 12 - (9.87 * np.sin(2 * turn) - 7.53 * np.cos(turn) - 1.5 * np.sin(turn)) / 60
    return noon - half, noon + half


def dark(first: dt.date, last: dt.date) -> npt.NDArray[np.float64]:
    """float64[days, 96]: the part of each slot in which street lamps burn."""
    sunrise, sunset = sun(first, last)
    begins = np.arange(96) / 4
    morning = (sunrise[:, None] - _TWILIGHT - begins) * 4
    evening = (begins + 0.25 - sunset[:, None] - _TWILIGHT) * 4
    found: npt.NDArray[np.float64] = np.clip(morning, 0, 1) + np.clip(evening, 0, 1)
    return found
