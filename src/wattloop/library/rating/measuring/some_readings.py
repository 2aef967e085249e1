"""Readings of some points of any source: what a what-if asks for at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.rating.measuring.sources import Source


class SomeReadings:
    """A source, of which only the points of a span of names are asked for.

    Args:
        source: all of it.
        asked: string, sorted, each once.
    """

    def __init__(self, source: Source, asked: pa.Array) -> None:
        self.source, self.asked = source, asked
        self.zone, self.offset, self.version = source.zone, source.offset, source.version

    def slot_counts(self, channel: str = ACTIVE_IN) -> list[int]:
        """The slot counts that hold a channel."""
        return self.source.slot_counts(channel)

    def largest(self, slots: int) -> int | None:
        """No reading is larger, in Wh; None where that is not known."""
        return self.source.largest(slots)

    def points(self, con: Any, slots: int, first: dt.date, last: dt.date) -> pa.Array:
        """Those asked for that have day-rows in the span; all of them where there is one slot count to ask."""
        if len(self.slot_counts()) == 1:
            return self.asked
        found = self.source.points(con, slots, first, last)
        return found.filter(pc.is_in(found, self.asked))

    def register_points(self, first: dt.date, end: dt.date) -> pa.Array:
        """Those asked for that have register readings in the span."""
        found = self.source.register_points(first, end)
        return found.filter(pc.is_in(found, self.asked))

    def registers(self, first: dt.date, end: dt.date, points: pa.Array) -> pa.Table:
        """Register readings of some of those asked for."""
        return self.source.registers(first, end, points)

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date, channel: str = ACTIVE_IN) -> ir.Table:
        """Day-rows of a channel, of no point before or after those asked for."""
        rows = self.source.rows(con, slots, first, last, channel)
        return rows.filter(rows.point >= self.asked[0].as_py(), rows.point <= self.asked[-1].as_py())
