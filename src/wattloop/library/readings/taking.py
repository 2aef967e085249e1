"""Staged readings into the lake's tables: what is billed, what was corrected, and what arrived."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import CORRECTIONS, INTERVALS, RAW
from wattloop.library.lake.store import Change
from wattloop.library.quantity.dayrows import final_schema, raw_schema, slot_names
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import validation
from wattloop.library.readings.ahead import ahead
from wattloop.library.readings.channels import VOLTAGE
from wattloop.library.readings.report import WORST_SHOWN, ImportReport
from wattloop.library.readings.settling import Settled, Settler
from wattloop.library.readings.spool import Spool, some_months
from wattloop.library.readings.staging import Staged, whole_points
from wattloop.library.readings.validation import Limits

_MARKS = [pa.field(name, pa.binary()) for name in ("estimated", "edited")]
_EPOCH = dt.date(1970, 1, 1)
_MONTH, _REVISION = pa.field("month", pa.string()), pa.field("revision", pa.int64())


class Taking:
    """Settles staged readings against the lake and appends what comes of it.

    Args:
        change: the change of the lake that takes them.
        staged: the readings.
        report: is told what is met; with its `dry_run`, nothing is appended.
        limits: when a reading is absurd.
    """

    def __init__(self, change: Change, staged: Staged, report: ImportReport, limits: Limits) -> None:
        self.change, self.staged, self.report, self.channel = change, staged, report, staged.channel
        self.con = ibis.duckdb.connect()
        self.con.raw_sql("SET memory_limit = '1GiB'")
        self.settler = Settler(change.before, self.con, staged.slots, self.channel, staged.first, staged.last, limits)
        self.first, self.last = (_EPOCH + dt.timedelta(days=d) for d in (staged.first, staged.last))
        self.revision = change.before.version + 1
        self.final = final_schema(staged.slots).append(_MONTH)
        self.months: dict[str, set[str]] = {INTERVALS: set(), CORRECTIONS: set(), RAW: set()}
        self.largest = {INTERVALS: 0, CORRECTIONS: 0}
        self.worst: dict[str, int] = {}
        self.refused: Refused | None = None
        self.corrected = Spool(self._beside("corrected"))
        self.arrived: list[npt.NDArray[np.bool_]] = []  # which rows of each batch of whole points said something new

    def write(self) -> bool:
        """Settle and append all of it; whether there is anything to commit.

        Raises:
            Refused: for readings that have no place in this lake.
        """
        report, staged = self.report, self.staged
        report.rows, report.duplicates, report.slots = staged.tally.rows, staged.tally.duplicates, staged.slots
        report.first, report.last = self.first, self.last
        try:
            kept = self._write_final()
        finally:
            self.con.disconnect()
        report.flagged = dict(sorted(self.worst.items(), key=lambda item: -item[1])[:WORST_SHOWN])
        there_are = self.corrected.close()
        if report.dry_run or not (report.new_days or report.revisions or report.added_days):
            return False
        if there_are:
            self._append(CORRECTIONS, self.final.append(_REVISION), self.corrected.batches())
        if not kept:
            self._keep(self.arrived)
        return True

    def _write_final(self) -> bool:
        """Settle, and append what is new; whether what arrived was written beside it."""
        # Where the lake has nothing of these days, all of it is new and need not wait to be settled. Nothing that
        # either table is written from may wait for the other: the writers share the threads that they read on.
        beside = not (self.settler.old_files or self.report.dry_run)
        with ThreadPoolExecutor(1) as pool:
            kept = pool.submit(self._keep, None) if beside else None
            fresh = self._fresh()
            first = next(fresh, None)
            if self.report.dry_run:
                for _ in fresh:
                    pass
            elif first is not None:
                try:
                    self._append(INTERVALS, self.final, itertools.chain([first], fresh))
                except Exception:
                    if self.refused is not None:
                        raise self.refused from None  # the writer would tell it as an error of its own
                    raise
        if kept is not None:
            kept.result()
        return beside

    def _fresh(self) -> Iterator[pa.RecordBatch]:
        """Final rows of days that the lake has not; those it has go to `corrected`."""
        for table in whole_points(self.staged):
            try:
                settled = self.settler.settle(table)
            except Refused as refused:
                self.refused = refused
                raise
            self._count(table, settled)
            self.arrived.append(settled.arrived)
            if len(settled.corrected):
                self.corrected.add(self._dated(settled.corrected, CORRECTIONS))
            if len(settled.fresh):
                yield from _with_month(settled.fresh, self.months[INTERVALS]).to_batches()

    def _append(self, kind: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        largest = (lambda: self.largest[kind]) if kind in self.largest else None
        for some in some_months(batches, self.first, self.last, self._beside(kind)):
            cast = (b.cast(schema) for b in some)
            # What arrived is only read again, and need not be made ahead.
            reader = pa.RecordBatchReader.from_batches(schema, cast if kind == RAW else ahead(cast))
            self.change.append(kind, self.staged.slots, reader, {self.channel}, self.months[kind], largest)

    def _keep(self, masks: list[npt.NDArray[np.bool_]] | None) -> None:
        """Append what arrived; of each batch of whole points, the rows of its mask, all of them without masks."""
        schema = pa.schema([*raw_schema(self.staged.slots), *_MARKS, _MONTH, _REVISION])
        chosen = whole_points(self.staged) if masks is None else map(_chosen, whole_points(self.staged), masks)
        dated = (self._dated(table, RAW) for table in chosen)
        self._append(RAW, schema, (b for table in dated for b in table.to_batches()))

    def _beside(self, name: str) -> Path:
        """A file in the staging folder for what is of this channel and interval."""
        return self.change.staging / f"{name}_{self.staged.slots}_{self.channel}.arrow"

    def _dated(self, table: pa.Table, kind: str) -> pa.Table:
        revision = pa.array(np.full(len(table), self.revision, np.int64))
        return _with_month(table, self.months[kind]).append_column("revision", revision)

    def _count(self, table: pa.Table, settled: Settled) -> None:
        report = self.report
        report.points += len(pc.unique(table["point"]))
        report.new_days += int(settled.arrived.sum()) - settled.revised
        report.revisions += settled.revised
        report.unchanged += settled.unchanged if not settled.arrived.all() else 0
        report.added_days += settled.added_days
        report.missing += settled.flags.get(validation.MISSING, 0)
        report.negative += settled.flags.get(validation.NEGATIVE, 0)
        report.absurd += settled.flags.get(validation.ABSURD, 0)
        report.estimates += settled.guessed
        for name in slot_names(self.staged.slots) if self.channel != VOLTAGE else ():
            report.wh += pc.sum(table[name]).as_py() or 0
        self.worst.update(settled.worst)
        for kind, rows in ((INTERVALS, settled.fresh), (CORRECTIONS, settled.corrected)):
            self.largest[kind] = max(self.largest[kind], _largest(rows))


def _largest(table: pa.Table) -> int:
    if not len(table):
        return 0
    bounds = (pc.min_max(table[name]).as_py() for name in table.column_names[3:-2])
    return int(max(max(abs(b["min"]), abs(b["max"])) for b in bounds))


def _with_month(table: pa.Table, months: set[str]) -> pa.Table:
    day = np.asarray(table["day"]).astype("datetime64[M]")
    unique, index = np.unique(day, return_inverse=True)
    names = pa.array([str(m) for m in unique], pa.string())
    months.update(names.to_pylist())
    return table.append_column("month", names.take(pa.array(index)))


def _chosen(table: pa.Table, mask: npt.NDArray[np.bool_]) -> pa.Table:
    return table if mask.all() else table.filter(pa.array(mask))
