"""What a customer switches on and off, summed into slots: whole columns of switchings, never a loop over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from wattloop.example.classes import CustomerClass
from wattloop.example.surroundings import SLOTS

_FINE = 1024  # steps of the tables that turn a uniform number into an hour of the day
_STRAY = 6  # slots around an hour of its own within which a customer keeps to it

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Times:
    """How often, and when, a customer's loads might be switched on.

    Args:
        counts: int64[months, loads], how often in each month.
        drawn: float32[5, all of them], uniform, month by month and load by load: the day of
            the month, the hour, how long, how far from a habit, whether it is needed at all.
        needed: float64[loads, days], how likely it is.
        free: bool[days], no working day.
        habits: float64[loads, 3], the customer's own hours as places in the class's distribution.
        shift: slots by which all is later than the class's hours.
    """

    counts: Whole
    drawn: Floats
    needed: npt.NDArray[np.float64]
    free: npt.NDArray[np.bool_]
    habits: npt.NDArray[np.float64]
    shift: int


def switched_on(kind: CustomerClass, times: Times, begins: Whole, power: npt.NDArray[np.float64]) -> Floats:
    """What runs: float32[days, 96], as a multiple of the customer's size.

    Args:
        kind: its class.
        times: of its loads.
        begins: int64[months + 1], the day that each month begins with, and the number of days.
        power: float64[loads], the customer's own factor of each load's power.
    """
    load, begin, end = _switchings(kind, times, begins)
    total = int(begins[-1]) * SLOTS
    found = np.zeros(total, np.float32)
    for at, one in enumerate(kind.loads):
        mine = load == at
        running = np.zeros(total + 1, np.int32)
        np.add.at(running, begin[mine], np.int32(1))
        np.subtract.at(running, end[mine], np.int32(1))
        np.cumsum(running, out=running)
        np.minimum(running, np.int32(one.at_once), out=running)
        found += running[:total].astype(np.float32) * np.float32(one.power * power[at])
    np.minimum(found, np.float32(kind.limit), out=found)
    return found.reshape(-1, SLOTS)


def _switchings(kind: CustomerClass, times: Times, begins: Whole) -> tuple[Whole, Whole, Whole]:
    """Load, slot from and slot up to of everything that is switched on, slots counted through all days.

    A month is a ring: what runs at its end goes off at its beginning, so that no month rests on another.
    """
    months, loads = times.counts.shape
    month = np.repeat(np.arange(months), times.counts.sum(axis=1))
    load = np.repeat(np.tile(np.arange(loads), months), times.counts.ravel())
    day = begins[month] + (times.drawn[0] * np.diff(begins)[month]).astype(np.int64)
    needed = times.drawn[4] < times.needed[load, day]
    month, load, day, drawn = month[needed], load[needed], day[needed], times.drawn[:, needed]
    first, last = begins[month] * SLOTS, begins[month + 1] * SLOTS
    begin = day * SLOTS + _slots(kind, times, load, times.free[day], drawn) + times.shift
    begin = first + (begin - first) % (last - first)
    mean = np.array([one.slots for one in kind.loads])[load]
    end = begin + np.maximum(np.rint(mean * (0.5 + drawn[2])), 1).astype(np.int64)
    over = end > last
    rest = end[over] - (last - first)[over]
    begin, end = np.concatenate([begin, first[over]]), np.concatenate([np.minimum(end, last), rest])
    return np.concatenate([load, load[over]]), begin, end


def _slots(kind: CustomerClass, times: Times, load: Whole, free: npt.NDArray[np.bool_], drawn: Floats) -> Whole:
    """The slots of the day in which loads are switched on."""
    habits = np.array([one.habits for one in kind.loads])[load]
    own = times.habits[load, (drawn[1] * habits).astype(np.int64)]
    place = np.where(habits > 0, own, drawn[1])
    stray = np.where(habits > 0, np.rint((drawn[3] - 0.5) * _STRAY), 0).astype(np.int64)
    found: Whole = _tables(kind)[load, free.astype(np.int64), (place * _FINE).astype(np.int64)] + stray
    return found


@cache
def _tables(kind: CustomerClass) -> Whole:
    """int64[loads, 2, _FINE]: the slot at every place of a load's hours, on working and on other days."""
    places = (np.arange(_FINE) + 0.5) / _FINE
    shapes = [(load.begins, load.begins if load.begins_free is None else load.begins_free) for load in kind.loads]
    return np.array([[np.searchsorted(np.cumsum(h) / h.sum(), places) for h in pair] for pair in shapes])
