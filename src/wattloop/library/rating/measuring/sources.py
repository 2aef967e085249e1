"""Where a run's readings come from: a lake as of a version, or an Arrow table of day-rows."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.registers import SCHEMA as REGISTER_SCHEMA
from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.dayrows import ACTIVE_IN, SLOT_COUNTS, slot_names, zone_of
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.measuring import engine


class Source(Protocol):
    """Readings that determinants can be computed from."""

    zone: str | None
    offset: int
    version: int | None

    def slot_counts(self, channel: str = ACTIVE_IN) -> list[int]:
        """The slot counts that hold a channel."""

    def largest(self, slots: int) -> int | None:
        """No reading is larger, in Wh; None where that is not known."""

    def points(self, con: Any, slots: int, first: dt.date, last: dt.date) -> pa.Array:
        """The points with a day-row in the span, both days included, each once."""

    def register_points(self, first: dt.date, end: dt.date) -> pa.Array:
        """The points with register readings in the span, each once; the day `end` is not in it."""

    def registers(self, first: dt.date, end: dt.date, points: pa.Array) -> pa.Table:
        """Register readings (`lake.registers.SCHEMA`) of some points that touch the days from `first` up to `end`."""

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date, channel: str = ACTIVE_IN) -> ir.Table:
        """Day-rows of a channel: `point`, `day`, one column per slot, none null, both days included."""


class FromLake:
    """A lake's final readings as of one version."""

    def __init__(self, lake: Lake | Snapshot, version: int | None = None) -> None:
        snapshot = lake.snapshot(version) if isinstance(lake, Lake) else lake
        self.snapshot = snapshot
        self.zone = snapshot.zone
        self.offset = snapshot.offset
        self.version: int | None = snapshot.version

    def slot_counts(self, channel: str = ACTIVE_IN) -> list[int]:
        """The slot counts that hold a channel."""
        return list(self.snapshot.slot_counts(channel))

    def largest(self, slots: int) -> int | None:
        """No reading is larger, in Wh; None where that is not known."""
        return self.snapshot.largest(slots)

    def points(self, con: Any, slots: int, first: dt.date, last: dt.date) -> pa.Array:
        """The points with a day-row in the span, both days included, each once."""
        return self.snapshot.points(con, slots, channel=ACTIVE_IN, first_day=first, last_day=last)

    def register_points(self, first: dt.date, end: dt.date) -> pa.Array:
        """The points with register readings in the span, each once; the day `end` is not in it."""
        return self.snapshot.points_with_registers(first, end - dt.timedelta(days=1))

    def registers(self, first: dt.date, end: dt.date, points: pa.Array) -> pa.Table:
        """Final register readings of some points whose span touches the days from `first` up to `end`."""
        return self.snapshot.registers(first, end - dt.timedelta(days=1), points)

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date, channel: str = ACTIVE_IN) -> ir.Table:
        """Final day-rows with corrections applied."""
        columns = ["point", "day", *slot_names(slots)]
        return self.snapshot.final_rows(con, slots, columns, channel=channel, first_day=first, last_day=last)


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
        self.channels, self.checked = {ACTIVE_IN: table}, {ACTIVE_IN}
        if "channel" in table.column_names and (held := pc.unique(table["channel"]).to_pylist()) != [ACTIVE_IN]:
            self.channels = {name: table.filter(pc.equal(table["channel"], name)) for name in [ACTIVE_IN, *held]}
        self.table = self.channels[ACTIVE_IN]
        self._check()
        self.zone, offset = zone_of(table)
        self.offset = offset or 0
        self.version: int | None = None

    def _check(self) -> None:
        for name in ("point", "day"):
            if name not in self.table.column_names:
                raise Refused(f"the table has no column {name!r}", "Make it with day_rows().")
            if self.table[name].null_count:
                row = pc.index(pc.is_null(self.table[name]), True).as_py() + 1
                raise Refused(f"there is no {name}", "Fill it in, or leave the row out.", row=row, field=name)
        for name in slot_names(self.slots):
            column = self.table[name]
            if not pa.types.is_integer(column.type):
                raise Refused(f"slot {name} holds {column.type}, not whole Wh", "Make the table with day_rows().")
            if column.null_count:
                at = pc.index(pc.is_null(column), True).as_py()
                raise Refused(
                    f"a reading is missing: point {self.table['point'][at]}, {self.table['day'][at]}, slot {name}",
                    "Import the readings into a lake, which estimates and flags what is missing.",
                )
        if (at := self._twice()) is not None:
            point, day = self.table["point"][at], self.table["day"][at]
            raise Refused(f"point {point} has {day} more than once", "Keep one row a day.")

    def _twice(self) -> int | None:
        """A row whose point has another one of the same day; None where there is none."""
        code = np.asarray(pc.dictionary_encode(self.table["point"].combine_chunks()).indices).astype(np.int64)
        day = np.asarray(self.table["day"]).astype("datetime64[D]").astype(np.int64)
        key = code * 2**32 + day
        if (key[1:] > key[:-1]).all():
            return None
        order = np.argsort(key, kind="stable")
        again = np.flatnonzero(key[order][1:] == key[order][:-1])
        return int(order[again[0] + 1]) if len(again) else None

    def slot_counts(self, channel: str = ACTIVE_IN) -> list[int]:
        """The one slot count of the table."""
        return [self.slots] if channel in self.channels else []

    def largest(self, slots: int) -> int | None:
        """Not known without looking at every reading."""
        del slots
        return None

    def points(self, con: Any, slots: int, first: dt.date, last: dt.date) -> pa.Array:
        """The points with a day-row in the span, both days included, each once."""
        del con, slots
        return pc.unique(self._within(["point"], first, last)["point"].combine_chunks())

    def register_points(self, first: dt.date, end: dt.date) -> pa.Array:
        """None: a table of day-rows holds no registers."""
        del first, end
        return pa.array([], pa.string())

    def registers(self, first: dt.date, end: dt.date, points: pa.Array) -> pa.Table:
        """None."""
        del first, end, points
        return REGISTER_SCHEMA.empty_table()

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date, channel: str = ACTIVE_IN) -> ir.Table:
        """The rows of the span, lent to the engine."""
        return engine.lend(con, self._within(["point", "day", *slot_names(slots)], first, last, channel))

    def _within(self, columns: list[str], first: dt.date, last: dt.date, channel: str = ACTIVE_IN) -> pa.Table:
        table = self.channels[channel]
        if table is not self.table and channel not in self.checked:
            self.table, energy = table, self.table
            try:
                self._check()
            finally:
                self.table = energy
            self.checked.add(channel)
        day = table["day"]
        bounds = pc.min_max(day).as_py()
        chosen = table.select(columns)
        if not len(day) or (first <= bounds["min"] and bounds["max"] <= last):
            return chosen
        return chosen.filter(pc.and_(pc.greater_equal(day, first), pc.less_equal(day, last)))


def source_of(given: Lake | Snapshot | pa.Table | Source) -> Source:
    """Whatever readings a caller has, as a source."""
    if isinstance(given, pa.Table):
        return FromTable(given)
    if isinstance(given, Lake | Snapshot):
        return FromLake(given)
    if not hasattr(given, "slot_counts"):
        msg = f"readings are an open lake, a snapshot of one or a table of day-rows, not {type(given).__name__}"
        raise TypeError(msg)
    return given
