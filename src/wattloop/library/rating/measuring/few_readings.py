"""The readings of a few points of a lake, as a source: what a re-bill rates from."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.few import rows_of
from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.quantity.dayrows import ACTIVE_IN, slot_names
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.measuring import engine
from wattloop.library.rating.measuring.intervals import Measured, measure
from wattloop.library.rating.measuring.plan import Scan
from wattloop.library.rating.measuring.some_readings import SomeReadings
from wattloop.library.rating.measuring.sources import FromLake
from wattloop.library.rating.measuring.sums import Sums, held, measure_sums

HELD = 100_000  # day-rows that are held in memory; where there are more, the engine reads them


class FewReadings(SomeReadings):
    """A lake as of one version, of which only some points are asked for.

    Args:
        snapshot: the lake.
        points: string, each once.
    """

    def __init__(self, snapshot: Snapshot, points: pa.Array) -> None:
        super().__init__(FromLake(snapshot), points.take(pc.array_sort_indices(points)))
        self.snapshot = snapshot
        self._rows: dict[tuple[int, str], tuple[dt.date, dt.date, pa.Table]] = {}
        self._sums: dict[tuple[int, dt.date, dt.date], Sums] = {}

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date, channel: str = ACTIVE_IN) -> ir.Table:
        """Final day-rows of the points asked for."""
        if self.holds(first, last):
            return engine.lend(con, self._held(con, slots, first, last, channel))
        asked = engine.hand_over(con, pa.table({"point": self.asked}))
        rows = super().rows(con, slots, first, last, channel).semi_join(asked, "point")
        return rows.select("point", "day", *slot_names(slots))

    def holds(self, first: dt.date, last: dt.date) -> bool:
        """Whether so few rows are asked for that they are held in memory."""
        return len(self.asked) * ((last - first).days + 1) <= HELD

    def measure(self, scan: Scan, con: Any) -> Measured:
        """The determinants of a scan."""
        first, last = (EPOCH + dt.timedelta(days=d) for d in (scan.reckoning.first_day, scan.reckoning.last_day))
        if not self.holds(first, last):
            return measure(scan, con)
        key = scan.slots, first, last
        if key not in self._sums:
            self._sums[key] = held(self._held(con, scan.slots, first, last, ACTIVE_IN), scan.slots)
        return measure_sums(scan, self._sums[key])

    def _held(self, con: Any, slots: int, first: dt.date, last: dt.date, channel: str) -> pa.Table:
        """Rows of a span, from those held already where they reach over it."""
        since, until, rows = self._rows.get((slots, channel), (first, first - dt.timedelta(days=1), None))
        if rows is None or first < since or last > until:
            rows = rows_of(con.con, self.snapshot, self.asked, slots, channel, first, last)
            rows = rows.select(["point", "day", *slot_names(slots)])
            self._rows[slots, channel] = first, last, rows
        elif (first, last) != (since, until):
            rows = rows.filter(pc.and_(pc.greater_equal(rows["day"], first), pc.less_equal(rows["day"], last)))
        return rows
