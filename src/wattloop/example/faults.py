"""Faults planted in the county's readings, in known places: what an import must find, and all that it should.

Every month one customer in a hundred has one. Its kind, day and slots follow from the
customer's number and the month alone, so `planted` can list them all without the readings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.example.accounts import point_name
from wattloop.example.surroundings import SLOTS

EVERY = 100
LENGTHS = {"short-gap": 3, "long-gap": 30, "missing-day": SLOTS, "negative": 2, "absurd": 1}
"""Kinds of fault and their slots. A gap has no readings, a negative is a meter that runs backwards."""
_ABSURD_WH = 900_000  # 3.6 MW in a quarter of an hour, and a hundred times the day's highest on top


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the point with a number: its day, and its slots from and up to."""

    index: int
    kind: str
    day: dt.date
    first_slot: int
    end_slot: int


def faults(accounts: int, first_day: dt.date, last_day: dt.date) -> Iterator[Fault]:
    """Every fault of a county between two days, both included, month by month."""
    kinds = list(LENGTHS)
    for number in range(first_day.year * 12 + first_day.month - 1, last_day.year * 12 + last_day.month):
        for turn, index in enumerate(range(number * 37 % EVERY, accounts, EVERY)):
            kind = kinds[(turn + number) % len(kinds)]
            day = dt.date(number // 12, number % 12 + 1, 3 + (index * 7 + number) % 24)
            length = LENGTHS[kind]
            slot = 0 if length == SLOTS else 8 + (index * 13 + number) % 56
            if first_day <= day <= last_day:
                yield Fault(index, kind, day, slot, slot + length)


def plant(
    found: list[Fault], first: int, first_day: dt.date, values: npt.NDArray[np.int32], valid: npt.NDArray[np.bool_]
) -> None:
    """Put faults into readings, in place.

    Args:
        found: the county's; those of other points are passed over.
        first: number of the first point.
        first_day: what the second axis begins with.
        values, valid: [points, days, 96].
    """
    for fault in found:
        at = fault.index - first
        if not 0 <= at < len(values):
            continue
        day = (fault.day - first_day).days
        slots = slice(fault.first_slot, fault.end_slot)
        if fault.kind == "negative":
            values[at, day, slots] = -values[at, day, slots] - 50
        elif fault.kind == "absurd":
            values[at, day, slots] = _ABSURD_WH + 100 * values[at, day].max()
        else:
            values[at, day, slots] = 0
            valid[at, day, slots] = False


def planted(accounts: int, first_day: dt.date, last_day: dt.date) -> pa.Table:
    """Every fault of a county: `point, day, first_slot, end_slot, kind`, by point and day."""
    found = sorted(faults(accounts, first_day, last_day), key=lambda fault: (fault.index, fault.day))
    return pa.table(
        {
            "point": pa.array([point_name(fault.index) for fault in found], pa.string()),
            "day": pa.array([fault.day for fault in found], pa.date32()),
            "first_slot": pa.array([fault.first_slot for fault in found], pa.int64()),
            "end_slot": pa.array([fault.end_slot for fault in found], pa.int64()),
            "kind": pa.array([fault.kind for fault in found], pa.string()),
        }
    )
