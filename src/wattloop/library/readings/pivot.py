"""Readings, a column each of point, minute and value → day-rows, a column a slot: whole columns at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import faults
from wattloop.library.readings.channels import stored_per_unit
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.rows import WH_LIMIT, to_wh

DAY = 24 * 60
_MINUTE = 60_000_000
_STRIDES = (12, 6, 4, 3, 2)
_ENOUGH = 4  # readings in a day that tell a coarser interval from an accident

Ints = npt.NDArray[np.int64]


@dataclass
class Tally:
    """What was met on the way: rows read, duplicates dropped, slots without a reading."""

    rows: int = 0
    duplicates: int = 0
    empty: int = 0
    notes: list[str] = field(default_factory=list)

    def reset(self) -> None:
        """Begin to count anew."""
        self.rows = self.duplicates = self.empty = 0


@dataclass(frozen=True, eq=False)
class Readings:
    """Some readings, in runs of one point's day.

    Args:
        code: int64, whose reading; an index into the pivot's names.
        stamp: int64 minutes since 1970 as the file has them, for messages.
        minute: int64 minutes since 1970 in standard time, starts of intervals.
        value: float64, NaN where there is no reading.
    """

    code: Ints
    stamp: Ints
    minute: Ints
    value: npt.NDArray[np.float64]

    def take(self, where: Ints | slice) -> Readings:
        """Some of them."""
        return Readings(self.code[where], self.stamp[where], self.minute[where], self.value[where])


class Runs:
    """Readings cut into runs of one point's day: where each begins, its point and day, every reading's run and slot."""

    def __init__(self, readings: Readings) -> None:
        code = readings.code
        day = readings.minute // DAY
        self.in_day = readings.minute - day * DAY
        fresh = np.ones(len(code), bool)
        fresh[1:] = (code[1:] != code[:-1]) | (day[1:] != day[:-1])
        self.begin = np.flatnonzero(fresh)
        self.row: Ints = np.cumsum(fresh) - 1
        self.code, self.day = code[self.begin], day[self.begin]


class Pivot:
    """Makes day-rows of one file's readings, and counts what it meets."""

    def __init__(self, found: Recognised, finder: faults.Finder, tally: Tally, names: list[str]) -> None:
        self.found, self.finder, self.tally, self.names = found, finder, tally, names
        self.slots, self.step = found.slots, DAY // found.slots
        self.factor = stored_per_unit(found.unit, found.slots)

    def table(self, readings: Readings, runs: Runs) -> pa.Table:
        """Raw day-rows, one per run.

        Raises:
            Refused: for readings off the grid, too large, given twice, or of another interval.
        """
        value = readings.value
        have = ~np.isnan(value)
        self.tally.empty += len(have) - int(np.count_nonzero(have))
        if max(np.nanmax(value, initial=0), -np.nanmin(value, initial=0)) > WH_LIMIT / self.factor:
            self._refuse_too_large(readings)
        wh = to_wh(value, self.factor)
        shape = (len(runs.begin), self.slots)
        if self._every_day_is_whole(runs):
            values, valid = wh.reshape(shape), have.reshape(shape)
        else:
            values, valid = self._laid_out(readings, runs, wh, have)
        points = pa.DictionaryArray.from_arrays(pa.array(runs.code.astype(np.int32)), pa.array(self.names, pa.string()))
        days = runs.day.astype("datetime64[D]")
        return from_matrix(points.cast(pa.string()), days, values, valid)

    def _every_day_is_whole(self, runs: Runs) -> bool:
        """Whether each run has each slot of the day, once and in order: then the readings lie as they should."""
        if len(runs.in_day) != len(runs.begin) * self.slots:
            return False
        grid = np.arange(self.slots) * self.step
        return bool((runs.in_day.reshape(-1, self.slots) == grid).all())

    def _laid_out(
        self, readings: Readings, runs: Runs, wh: npt.NDArray[np.int32], have: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """int32 and bool[runs, slots]: every reading in its run's row and its own slot, none where there is none."""
        slot = runs.in_day // self.step
        off = slot * self.step != runs.in_day
        if off.any():
            self.refuse_off_grid(readings, int(np.flatnonzero(off)[0]))
        flat = runs.row * self.slots + slot
        size = len(runs.begin) * self.slots
        filled = np.zeros(size, bool)
        filled[flat] = True
        if np.count_nonzero(filled) != len(flat):
            self._check_duplicates(readings, flat, wh, have)
        values = np.zeros(size, np.int32)
        values[flat] = wh
        valid = filled
        if not have.all():
            valid = np.zeros(size, bool)
            valid[flat[have]] = True
        shape = (-1, self.slots)
        self._refuse_other_interval(readings, runs, filled.reshape(shape))
        return values.reshape(shape), valid.reshape(shape)

    def refuse_off_grid(self, readings: Readings, at: int, micros: int | None = None) -> NoReturn:
        """Refuse a reading that begins no interval.

        Raises:
            Refused: always.
        """
        stamp = int(readings.stamp[at]) * _MINUTE if micros is None else micros
        edge = "begins" if self.found.stamp == "start" else "ends"
        self.finder.refuse(
            f"{faults.moment(stamp)} {edge} no interval of {self.step} minutes: "
            "there are two intervals in one file, or a wrong stamp",
            "Give each interval its own file.",
            self.names[int(readings.code[at])],
            stamp,
        )

    def _refuse_too_large(self, readings: Readings) -> NoReturn:
        at = int(np.flatnonzero(np.abs(readings.value) > WH_LIMIT / self.factor)[0])
        self.finder.refuse(
            f"{readings.value[at]} {self.found.unit} is more than one interval can hold", "Check the unit.",
            self.names[int(readings.code[at])], int(readings.stamp[at]) * _MINUTE, column="value",
        )  # fmt: skip

    def _check_duplicates(
        self, readings: Readings, flat: Ints, wh: npt.NDArray[np.int32], have: npt.NDArray[np.bool_]
    ) -> None:
        order = np.argsort(flat, kind="stable")
        again = np.flatnonzero(flat[order][1:] == flat[order][:-1])
        first, second = order[again], order[again + 1]
        differ = np.flatnonzero((wh[first] != wh[second]) | (have[first] != have[second]))
        if len(differ):
            one, other = int(first[differ[0]]), int(second[differ[0]])
            if len(self.finder.rows(self.names[int(readings.code[one])], int(readings.stamp[one]) * _MINUTE)) > 1:
                both = f"{_said(readings, one)} and {_said(readings, other)}"
                what = f"the reading of this interval stands there twice, with {both}"
            else:
                what = "two stamps name the same interval, with different readings"
            self.finder.refuse(
                what,
                "Keep the right one.",
                self.names[int(readings.code[other])],
                int(readings.stamp[other]) * _MINUTE,
                nth=1,
            )
        self.tally.duplicates += len(again)

    def _refuse_other_interval(self, readings: Readings, runs: Runs, filled: npt.NDArray[np.bool_]) -> None:
        """Refuse a day whose readings keep a coarser interval, gaps or no: most of its bill would be guessed."""
        count = np.count_nonzero(filled, axis=1)
        suspects = np.flatnonzero((count >= _ENOUGH) & (count <= self.slots // 2))
        if not len(suspects):
            return
        some, count = filled[suspects], count[suspects]
        first = some.argmax(axis=1)
        spread = self.slots - some[:, ::-1].argmax(axis=1) - first
        for stride in _STRIDES:
            if self.slots % stride or self.slots // stride < 24:
                continue
            kept = np.count_nonzero(some.reshape(len(some), -1, stride), axis=1).max(axis=1) == count
            coarse = np.flatnonzero(kept & (spread <= 2 * stride * count))
            if len(coarse):
                at = int(runs.begin[suspects[coarse[0]]])
                self.finder.refuse(
                    f"there are two intervals in one file: readings every {self.step} minutes, "
                    f"and of {self.names[int(readings.code[at])]} on this day every {self.step * stride}",
                    "Give each interval its own file.",
                    self.names[int(readings.code[at])], int(readings.stamp[at]) * _MINUTE,
                )  # fmt: skip


def _said(readings: Readings, at: int) -> str:
    value = readings.value[at]
    return "nothing" if np.isnan(value) else str(value)


def refuse_empty(found: Recognised) -> NoReturn:
    """Refuse a file without a reading.

    Raises:
        Refused: always.
    """
    raise Refused("there is a header and no reading", "Give a file with readings.", file=str(found.path), row=1)
