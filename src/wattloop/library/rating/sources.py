"""Where a run's readings come from: a lake as of a version, or an Arrow table of day-rows."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.store import Lake, Snapshot
from wattloop.library.quantity.dayrows import ACTIVE_IN, SLOT_COUNTS, slot_names, zone_of
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating import engine


class Source(Protocol):
    """Readings that determinants can be computed from."""

    zone: str | None
    offset: int
    version: int | None

    def slot_counts(self) -> list[int]:
        """The slot counts that hold active energy."""

    def largest(self, slots: int) -> int | None:
        """No reading is larger, in Wh; None where that is not known."""

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date) -> ir.Table:
        """Day-rows `point`, `day`, one column per slot, none null, both days included."""


class FromLake:
    """A lake's final readings as of one version."""

    def __init__(self, lake: Lake | Snapshot, version: int | None = None) -> None:
        snapshot = lake.snapshot(version) if isinstance(lake, Lake) else lake
        self.snapshot = snapshot
        self.zone = snapshot.zone
        self.offset = snapshot.offset
        self.version: int | None = snapshot.version

    def slot_counts(self) -> list[int]:
        """The slot counts that hold active energy."""
        return list(self.snapshot.slot_counts(ACTIVE_IN))

    def largest(self, slots: int) -> int | None:
        """No reading is larger, in Wh; None where that is not known."""
        return self.snapshot.largest(slots)

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date) -> ir.Table:
        """Final day-rows with corrections applied."""
        columns = ["point", "day", *slot_names(slots)]
        return self.snapshot.final_rows(con, slots, columns, channel=ACTIVE_IN, first_day=first, last_day=last)


class FromTable:
    """An Arrow table of day-rows, as `readings.day_rows` makes them.

    Raises:
        Refused: where the table has no slot columns, holds missing readings or a point's day twice.
    """

    def __init__(self, table: pa.Table) -> None:
        found = [slots for slots in SLOT_COUNTS if set(slot_names(slots)) <= set(table.column_names)]
        exact = [s for s in found if sum(n.startswith("v") and n[1:].isdigit() for n in table.column_names) == s]
        if not exact:
            raise Refused("the table has no slot columns of 24, 48, 96, 144 or 288 a day", "Make it with day_rows().")
        self.slots = exact[0]
        if "channel" in table.column_names:
            table = table.filter(pc.equal(table["channel"], ACTIVE_IN))
        self.table = table
        self._check()
        self.zone, offset = zone_of(table)
        self.offset = offset or 0
        self.version: int | None = None

    def _check(self) -> None:
        for name in slot_names(self.slots):
            column = self.table[name]
            if column.null_count:
                at = pc.index(pc.is_null(column), True).as_py()
                raise Refused(
                    f"a reading is missing: point {self.table['point'][at]}, {self.table['day'][at]}, slot {name}",
                    "Import the readings into a lake, which estimates and flags what is missing.",
                )
        keys = self.table.select(["point", "day"]).group_by(["point", "day"]).aggregate([([], "count_all")])
        twice = keys.filter(pc.greater(keys["count_all"], 1))
        if len(twice):
            raise Refused(f"point {twice['point'][0]} has {twice['day'][0]} more than once", "Keep one row a day.")

    def slot_counts(self) -> list[int]:
        """The one slot count of the table."""
        return [self.slots]

    def largest(self, slots: int) -> int | None:
        """Not known without looking at every reading."""
        del slots
        return None

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date) -> ir.Table:
        """The rows of the span, handed to the engine."""
        inside = pc.and_(pc.greater_equal(self.table["day"], first), pc.less_equal(self.table["day"], last))
        return engine.hand_over(con, self.table.filter(inside).select(["point", "day", *slot_names(slots)]))


def source_of(given: Lake | Snapshot | pa.Table | Source) -> Source:
    """Whatever readings a caller has, as a source."""
    if isinstance(given, pa.Table):
        return FromTable(given)
    if isinstance(given, Lake | Snapshot):
        return FromLake(given)
    return given
