"""One scan of the readings for many tariffs: sums by block of the day and class of days.

Days on which every calendar asked about goes alike, and falls into the same bills, are a *class*; a
*block* lies between two slots at which some calendar changes. What comes out is small, whatever
the number of tariffs: a month under twenty calendars has a handful of classes.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa

from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import EMPTY
from wattloop.library.rating.measuring import engine
from wattloop.library.rating.measuring.blocks import demand_requests, merge_of
from wattloop.library.rating.measuring.patterns import MASKED, SlotPatterns
from wattloop.library.rating.measuring.plan import Scan
from wattloop.library.rating.measuring.sums import Sums


class Classes:
    """What some scans of one slot count ask of the readings.

    Args:
        scans: theirs.
    """

    def __init__(self, scans: list[Scan]) -> None:
        self.slots = scans[0].slots
        asked = [pattern for scan in scans for pattern in scan.patterns]
        self.merges: set[int] = set()
        for scan in scans:
            for block, schedules in demand_requests(scan)[0].items():
                self.merges.add(merge_of(scan, block))
                turns = max(len(listed) for by_piece in schedules.values() for listed in by_piece)
                asked += [scan.demand_patterns(s, block, turn) for s in schedules for turn in range(turns)]
        self.edges = self._edges(asked)
        self.class_of = self._classes(asked)

    def _edges(self, asked: list[SlotPatterns]) -> list[int]:
        found = {0, self.slots}
        for known in asked:
            distinct = np.unique(known.patterns, axis=0)
            changes = (distinct[:, 1:] != distinct[:, :-1]).any(axis=0)
            found.update((np.flatnonzero(changes) + 1).tolist())
        return sorted(found)

    def _classes(self, asked: list[SlotPatterns]) -> dict[int, int]:
        """{day since 1970-01-01: class}, of the days that any calendar asks about."""
        of_day: dict[int, list[tuple[int, int, int]]] = {}
        for number, known in enumerate(asked):
            _, pattern = np.unique(known.patterns, axis=0, return_inverse=True)
            entries = zip(known.days.tolist(), known.bills.tolist(), pattern.reshape(-1).tolist(), strict=True)
            for day, bill, entry in entries:
                of_day.setdefault(day, []).append((number, bill, entry))
        known_as: dict[tuple[tuple[int, int, int], ...], int] = {}
        return {day: known_as.setdefault(tuple(entries), len(known_as)) for day, entries in sorted(of_day.items())}

    @property
    def count(self) -> int:
        """How many classes."""
        return max(self.class_of.values(), default=-1) + 1

    def sums(self, scan: Scan, con: Any, points: pa.Array) -> Sums:
        """Read the rows of some points, once.

        Args:
            scan: any of the scans: whose source is read.
            con: an Ibis backend of DuckDB.
            points: string, sorted, each once.
        """
        first, last = min(self.class_of), max(self.class_of)
        days = np.arange(first, last + 1)
        which = np.array([self.class_of.get(day, MASKED) for day in days.tolist()], np.int32)
        date = pa.array(days.astype("datetime64[D]")).cast(pa.date32())
        rows = scan.plan.source.rows(con, self.slots, date[0].as_py(), date[-1].as_py())
        known = engine.hand_over(con, pa.table({"day": date, "class": pa.array(which)}).filter(pa.array(which >= 0)))
        number = pa.array(np.arange(len(points), dtype=np.int32))
        asked = engine.hand_over(con, pa.table({"point": points, "number": number}))
        names = slot_names(self.slots)
        columns = [
            f"sum({'::BIGINT + '.join(names[lo:hi])}::BIGINT)::BIGINT" for lo, hi in itertools.pairwise(self.edges)
        ]
        for merge in sorted(self.merges):
            columns += [
                f"max({'::BIGINT + '.join(names[lo : lo + merge])}::BIGINT)" for lo in range(0, self.slots, merge)
            ]
        found = con.con.sql(
            f"SELECT number, class, count(*) AS n, {', '.join(f'{c} AS c{i}' for i, c in enumerate(columns))}"
            f" FROM ({con.compile(rows)}) r JOIN {asked.get_name()} USING (point) JOIN {known.get_name()} USING (day)"
            " GROUP BY number, class"
        ).to_arrow_table()
        return self._made(found, points)

    def _made(self, found: pa.Table, points: pa.Array) -> Sums:
        rows = len(found)
        at = np.full((len(points), self.count), rows, np.int64)
        at[found["number"].to_numpy(), found["class"].to_numpy()] = np.arange(rows)
        blocks = len(self.edges) - 1
        energy = _columns(found, 0, blocks, 0)
        maxima, first = {}, blocks
        for merge in sorted(self.merges):
            maxima[merge] = _columns(found, first, self.slots // merge, EMPTY)
            first += self.slots // merge
        count = np.append(found["n"].to_numpy(), 0)
        return Sums(self.slots, points, self.class_of, at, count, self.edges, energy, maxima)


def _columns(found: pa.Table, first: int, count: int, empty: int) -> Whole:
    """int64[count, rows + 1], the last column empty."""
    made = np.full((count, len(found) + 1), empty, np.int64)
    for at in range(count):
        made[at, :-1] = found[f"c{first + at}"].to_numpy()
    return made
