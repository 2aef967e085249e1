"""Faults planted in the county's readings, in known places: what validation must find."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.example.accounts import point_name

EVERY = 50  # one point in so many has a fault
KINDS = ("missing", "missing-day", "negative", "absurd")
ABSURD_WH = 900_000  # 3.6 MW on a quarter of an hour


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the day counted from the first, and the slots from and up to."""

    kind: str
    day: int
    first_slot: int
    end_slot: int


def fault_of(index: int, days: int) -> Fault | None:
    """The fault of a point, by its number alone; None for most, and where the span is too short."""
    if index % EVERY != 7 or days < 20:
        return None
    turn = index // EVERY
    kind = KINDS[turn % len(KINDS)]
    day = 5 + (index * 7) % min(days - 10, 350)  # a day more of readings does not move a fault
    slot = 8 + (index * 13) % 60
    length = {"missing": (3, 30)[turn // 4 % 2], "missing-day": 96, "negative": 2, "absurd": 1}[kind]
    return Fault(kind, day, 0 if length == 96 else slot, 96 if length == 96 else slot + length)


def plant(index: int, values: npt.NDArray[np.int32], valid: npt.NDArray[np.bool_]) -> None:
    """Put a point's fault into its readings, in place.

    Args:
        index: the point's number.
        values, valid: [days, 96].
    """
    fault = fault_of(index, len(values))
    if fault is None:
        return
    where = slice(fault.first_slot, fault.end_slot)
    if fault.kind in ("missing", "missing-day"):
        valid[fault.day, where] = False
        values[fault.day, where] = 0
    elif fault.kind == "negative":
        values[fault.day, where] = -np.abs(values[fault.day, where]) - 50
    else:
        values[fault.day, where] = ABSURD_WH + 100 * values[fault.day].max()


def planted(accounts: int, first_day: dt.date, days: int) -> pa.Table:
    """Every fault of a county: `point, day, first_slot, end_slot, kind`."""
    found = [(i, f) for i in range(accounts) if (f := fault_of(i, days)) is not None]
    return pa.table(
        {
            "point": [point_name(i) for i, _ in found],
            "day": pa.array([first_day + dt.timedelta(days=f.day) for _, f in found], pa.date32()),
            "first_slot": [f.first_slot for _, f in found],
            "end_slot": [f.end_slot for _, f in found],
            "kind": [f.kind for _, f in found],
        }
    )
