"""Determinants from sums that are held in memory: as `measuring`, for a few points or for many tariffs.

What is held is one column for every point and *class of days*: days on which all the calendars
asked about go alike. Energy by block of the day is added up over the days of a class, the
highest reading of each block kept. Whatever a calendar asks is then a sum of rows, or a maximum.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import EMPTY
from wattloop.library.rating.measuring.blocks import by_length, demand_requests, merge_of, of_rows
from wattloop.library.rating.measuring.intervals import Measured, calendar_of_piece
from wattloop.library.rating.measuring.patterns import MASKED, SlotPatterns
from wattloop.library.rating.measuring.plan import Scan
from wattloop.library.rating.measuring.reckoning import reckon


@dataclass(eq=False)
class Sums:
    """Readings of some points, of one slot count and channel.

    Args:
        slots: slots per day.
        points: string[p].
        class_of: {day since 1970-01-01: class}.
        at: int64[p, classes], the column of each; the last column, which is empty, where there is none.
        count: int64[columns], day-rows in each.
        edges: where blocks begin in the day, with `slots` at the end.
        energy: int64[blocks, columns], Wh.
        maxima: {readings merged: int64[slots // merged, columns]}, Wh; EMPTY where there is none.
    """

    slots: int
    points: pa.Array
    class_of: dict[int, int]
    at: Whole
    count: Whole
    edges: list[int]
    energy: Whole
    maxima: dict[int, Whole] = field(default_factory=dict)

    def highest(self, merge: int) -> Whole:
        """Maxima over so many readings; where every slot of every day is held, from the readings themselves."""
        if merge not in self.maxima:
            found = self.energy if merge == 1 else np.add.reduceat(self.energy, range(0, self.slots, merge), axis=0)
            self.maxima[merge] = np.where(self.count > 0, found, EMPTY)
        return self.maxima[merge]


def held(rows: pa.Table, slots: int) -> Sums:
    """Day-rows as sums of a day and a slot each.

    Args:
        rows: `point`, `day` (each once) and one column per slot, none null.
        slots: slots per day.
    """
    code = rows["point"].combine_chunks().dictionary_encode()
    day = np.asarray(rows["day"]).astype("datetime64[D]").astype(np.int64)
    days, of_row = np.unique(day, return_inverse=True)
    at = np.full((len(code.dictionary), len(days)), len(rows), np.int64)
    at[np.asarray(code.indices), of_row.reshape(-1)] = np.arange(len(rows))
    energy = np.zeros((slots, len(rows) + 1), np.int64)
    for slot, name in enumerate(slot_names(slots)):
        energy[slot, :-1] = rows[name].to_numpy()
    count = np.append(np.ones(len(rows), np.int64), 0)
    class_of = {int(d): number for number, d in enumerate(days)}
    return Sums(slots, code.dictionary, class_of, at, count, list(range(slots + 1)), energy)


def measure_sums(scan: Scan, sums: Sums) -> Measured:
    """The determinants of a scan's legs, equal to those that `intervals.measure` finds."""
    legs, pieces = len(scan.points), len(scan.plan.periods)
    place = pc.fill_null(pc.index_in(scan.points, sums.points), len(sums.points))
    at = np.concatenate([sums.at, np.full((1, sums.at.shape[1]), len(sums.count) - 1)])[np.asarray(place)]
    there = np.zeros((legs, pieces), bool)
    slots = np.zeros((legs, pieces), np.int64)
    energy = np.zeros((legs, pieces, scan.width), np.int64)
    for mine, bill, pattern, columns in _asked(scan, sums, at, dict(enumerate(scan.patterns))):
        days = sums.count[columns].sum(axis=1)
        there[mine, bill] |= days > 0
        slots[mine, bill] += days * int((pattern != MASKED).sum())
        of_block = pattern[sums.edges[:-1]]
        for block, period in enumerate(of_block.tolist()):
            if period != MASKED:
                energy[mine, bill, period] += sums.energy[block][columns].sum(axis=1)
    number, of_bill = np.nonzero(there)
    expected = np.zeros((len(scan.schedules), pieces), np.int64)
    for (schedule, b), count in scan.reckoning.expected.items():
        expected[schedule, b] = count
    measured = Measured(
        number.astype(np.int32), of_bill.astype(np.int32), slots[there], expected[scan.schedule_of[number], of_bill],
        energy[there],
    )  # fmt: skip
    _add_maxima(scan, sums, at, measured)
    return measured


def _asked(
    scan: Scan, sums: Sums, at: Whole, patterns: dict[int, SlotPatterns]
) -> Iterator[tuple[Whole, int, npt.NDArray[np.int16], Whole]]:
    """Schedule by schedule, bill by bill, pattern by pattern: the legs, and int64[legs, classes], their columns."""
    for schedule, known in patterns.items():
        mine = np.flatnonzero(scan.schedule_of == schedule)
        if not len(known.days) or not len(mine):
            continue
        distinct, of_entry = np.unique(known.patterns, axis=0, return_inverse=True)
        of_class = np.array([sums.class_of.get(d, -1) for d in known.days.tolist()], np.int64)
        asked = np.stack([known.bills, of_entry.reshape(-1), of_class], axis=1)
        asked = np.unique(asked[of_class >= 0], axis=0)
        for low, high in _runs(asked[:, 0] * len(distinct) + asked[:, 1]):
            bill, number, _ = asked[low].tolist()
            yield mine, bill, distinct[number], at[np.ix_(mine, asked[low:high, 2])]


def _runs(values: Whole) -> Iterator[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return ((low, high) for low, high in itertools.pairwise(edges) if high > low)


def _add_maxima(scan: Scan, sums: Sums, at: Whole, measured: Measured) -> None:
    legs, pieces = len(scan.points), len(scan.plan.periods)
    wanted, lacking = demand_requests(scan)
    measured.unmeasured = of_rows(lacking, scan.schedule_of[measured.number], measured.bill)
    for block, schedules in wanted.items():
        turns = max(len(listed) for by_piece in schedules.values() for listed in by_piece)
        for turn in range(turns):
            chosen = [s for s, by_piece in schedules.items() if any(turn < len(listed) for listed in by_piece)]
            patterns = {schedule: scan.demand_patterns(schedule, block, turn) for schedule in chosen}
            own = reckon(list(patterns.values()), scan.slots, scan.width)
            merge = merge_of(scan, block)
            maxima = np.full((legs, pieces, own.periods), EMPTY, np.int64)
            highest = sums.highest(merge)
            for mine, bill, pattern, columns in _asked(scan, sums, at, patterns):
                for of, period in enumerate(pattern[::merge].tolist()):
                    if period != MASKED:
                        found = highest[of][columns].max(axis=1)
                        maxima[mine, bill, period] = np.maximum(maxima[mine, bill, period], found)
            watts = _watts(maxima[measured.number, measured.bill], scan.slots, merge)
            calendar_at = calendar_of_piece(scan, block, turn)[scan.schedule_of[measured.number], measured.bill]
            for calendar in np.unique(calendar_at[calendar_at >= 0]).tolist():
                mine = calendar_at == calendar
                result = measured.demand.setdefault((calendar, block), np.full(watts.shape, EMPTY, np.int64))
                result[mine] = watts[mine]
    measured.demand = by_length(scan, measured.demand)


def _watts(energy: Whole, slots: int, merge: int) -> Whole:
    """Average power of blocks of energy, a half watt up."""
    found: Whole
    if slots // merge % 24 == 0:
        found = energy * (slots // merge // 24)
    else:
        hours = merge * 24 // slots
        found = (2 * energy + hours) // (2 * hours)
    return np.where(energy == EMPTY, EMPTY, found)
