"""The lake as of one version: which files it reads, and its final day-rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from wattloop.library.lake import registers, tables
from wattloop.library.lake.manifest import Manifest
from wattloop.library.lake.scanning import distinct, hand_over, scan
from wattloop.library.quantity.dayrows import ACTIVE_IN, SLOT_COUNTS, slot_names

INTERVALS, CORRECTIONS, RAW = "intervals", "corrections", "raw"


class Snapshot:
    """The lake as of one version; what it reads never changes."""

    def __init__(self, path: Path, held: Manifest) -> None:
        self.path, self.manifest = path, held
        self.version = held.version
        self.zone, self.offset = held.zone, held.offset

    def has(self, kind: str, slots: int) -> bool:
        """Whether there is a table of that kind and slot count."""
        return f"{kind}_{slots}" in self.manifest.tables

    def slot_counts(self, channel: str = ACTIVE_IN) -> list[int]:
        """Slot counts that hold a channel."""
        held = self.manifest.tables
        return [s for s in SLOT_COUNTS if channel in held.get(f"{INTERVALS}_{s}", {}).get("channels", [])]

    def largest(self, slots: int) -> int | None:
        """No final reading at that slot count is larger, in Wh; None where that is not known."""
        known = [
            self.manifest.tables[name].get("largest")
            for name in (f"{INTERVALS}_{slots}", f"{CORRECTIONS}_{slots}")
            if name in self.manifest.tables
        ]
        return None if None in known or not known else max(int(k) for k in known if k is not None)

    def channels(self, slots: int) -> list[str]:
        """Channels held at a slot count."""
        return list(self.manifest.tables.get(f"{INTERVALS}_{slots}", {}).get("channels", []))

    def months(self, kind: str, slots: int) -> list[str]:
        """Months a table holds, 'YYYY-MM'."""
        return list(self.manifest.tables.get(f"{kind}_{slots}", {}).get("months", []))

    def registers(self, first: dt.date, last: dt.date, points: pa.Array | None = None) -> pa.Table:
        """Final register readings whose span touches some days.

        Args:
            first, last: days, both included.
            points: string[n], those alone; all by default.

        Returns:
            Rows of `lake.registers.SCHEMA`, the newest revision of each, sorted by point, register, `from` and meter.
            A span may begin before `first` and end after `last`.
        """
        return registers.final_rows(self.register_files(first, last), first, last, points)

    def points_with_registers(self, first: dt.date, last: dt.date) -> pa.Array:
        """string[points] with a register reading whose span touches the days from `first` to `last`, sorted."""
        return registers.points_of(self.register_files(first, last), first, last)

    def register_totals(self) -> list[dict[str, Any]]:
        """Of each register held: `register`, `points`, `readings`, `first` and `last` day, and their `quantity`.

        In Wh or varh; none of a demand, as maxima do not add up.
        """
        span = self.register_span()
        return [] if span is None else registers.totals_of(self.register_files(*span), *span)

    def register_files(self, first: dt.date, last: dt.date) -> list[str]:
        """Parquet files of the months in which readings that touch some days can end."""
        held = self.manifest.tables.get(registers.REGISTERS)
        if held is None:
            return []
        # A reading that touches them ends after the first of them begins, and begins no later than the last.
        days = (first.isoformat(), last.isoformat())
        months = {month for month, (begins, ends) in held["spans"].items() if ends > days[0] and begins <= days[1]}
        return tables.files(self.path / registers.REGISTERS, held["version"], months) if months else []

    def files_of_register_month(self, month: str) -> list[str]:
        """Parquet files of the register readings that end in a month."""
        version = self.manifest.tables[registers.REGISTERS]["version"]
        return tables.files(self.path / registers.REGISTERS, version, {month})

    def register_months(self) -> list[str]:
        """Months in which register readings end, 'YYYY-MM'."""
        return sorted(self.manifest.tables.get(registers.REGISTERS, {}).get("spans", {}))

    def register_span(self) -> tuple[dt.date, dt.date] | None:
        """Days outside which no register reading lies, both included; None where there is none."""
        held = self.manifest.tables.get(registers.REGISTERS)
        if held is None:
            return None
        begins, ends = min(b for b, _ in held["spans"].values()), max(e for _, e in held["spans"].values())
        return dt.date.fromisoformat(begins), dt.date.fromisoformat(ends) - dt.timedelta(days=1)

    def every_file(self) -> set[str]:
        """All Parquet files this version names."""
        held = self.manifest.tables.items()
        return {file for name, table in held for file in tables.files(self.path / name, table["version"])}

    def files(self, kind: str, slots: int, first: dt.date | None = None, last: dt.date | None = None) -> list[str]:
        """Parquet files of a table, those of the months touched only where days are given."""
        name = f"{kind}_{slots}"
        held = self.manifest.tables.get(name)
        if held is None:
            return []
        months = {m for m in held["months"] if _touches(m, first, last)}
        return tables.files(self.path / name, held["version"], months) if months else []

    def points(self, con: Any, slots: int, *, channel: str, first_day: dt.date, last_day: dt.date) -> pa.Array:
        """string[points] with a day-row between two days, both included, each once; arguments as for `day_rows`."""
        files = self.files(INTERVALS, slots, first_day, last_day)
        if not files:
            return pa.array([], pa.string())
        # A correction is of a day that is there, so the corrections name no other point.
        where = f"channel = '{channel}' AND day BETWEEN DATE '{first_day}' AND DATE '{last_day}'"
        return distinct(con, files, "point", where)

    def day_rows(
        self,
        con: Any,
        slots: int,
        *,
        channel: str = ACTIVE_IN,
        first_day: dt.date | None = None,
        last_day: dt.date | None = None,
        quality: bool = False,
    ) -> ir.Table:
        """Final day-rows with the newest corrections in their place.

        Args:
            con: an Ibis backend.
            slots: slots per day.
            channel: which channel.
            first_day, last_day: both included; without them, everything.
            quality: add the bitmaps `estimated` and `edited`.

        Returns:
            `point`, `day`, one column per slot.
        """
        columns = ["point", "day", *slot_names(slots), *(["estimated", "edited"] if quality else [])]
        return self.final_rows(con, slots, columns, channel=channel, first_day=first_day, last_day=last_day).select(
            *columns
        )

    def final_rows(
        self,
        con: Any,
        slots: int,
        columns: list[str],
        *,
        channel: str,
        first_day: dt.date | None,
        last_day: dt.date | None,
    ) -> ir.Table:
        """As `day_rows`, but other columns may stand beside those named: a run that names them later need not twice."""
        base_files = self.files(INTERVALS, slots, first_day, last_day)
        if not base_files:
            return _no_rows(con, columns)
        base = self._chosen(scan(con, base_files), slots, channel, first_day, last_day)
        correction_files = self.files(CORRECTIONS, slots, first_day, last_day)
        if not correction_files:
            return base
        late = self._chosen(scan(con, correction_files), slots, channel, first_day, last_day)
        newest = late.group_by(["point", "day"]).aggregate(revision=late.revision.max())
        late = late.join(newest, ["point", "day", "revision"]).select(*columns)
        kept = base.anti_join(newest.select("point", "day"), ["point", "day"]).select(*columns)
        return ibis.union(kept, late)

    def _chosen(
        self, table: ir.Table, slots: int, channel: str, first: dt.date | None, last: dt.date | None
    ) -> ir.Table:
        conditions = []
        if self.channels(slots) != [channel]:
            conditions.append(table.channel == channel)
        # A span of whole months reads files that hold nothing else.
        if first is not None and first.day != 1:
            conditions.append(table.day >= ibis.literal(first))
        if last is not None and (last + dt.timedelta(days=1)).day != 1:
            conditions.append(table.day <= ibis.literal(last))
        return table.filter(*conditions) if conditions else table

    def to_arrow(self, slots: int, **chosen: Any) -> pa.Table:
        """Final day-rows in memory, sorted by point and day; arguments as for `day_rows`."""
        con = ibis.duckdb.connect()
        try:
            return self.day_rows(con, slots, **chosen).order_by("point", "day").to_pyarrow()
        finally:
            con.disconnect()


def _touches(month: str, first: dt.date | None, last: dt.date | None) -> bool:
    return (first is None or month >= f"{first:%Y-%m}") and (last is None or month <= f"{last:%Y-%m}")


def _no_rows(con: Any, columns: list[str]) -> ir.Table:
    types = {"point": pa.string(), "day": pa.date32(), "estimated": pa.binary(), "edited": pa.binary()}
    return hand_over(con, pa.schema([(c, types.get(c, pa.int32())) for c in columns]).empty_table())
