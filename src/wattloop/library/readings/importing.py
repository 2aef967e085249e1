"""Taking a file of readings into a lake: all of it or nothing, and nothing twice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import CORRECTIONS, INTERVALS, RAW, Snapshot
from wattloop.library.lake.store import Change, Lake
from wattloop.library.quantity import zones
from wattloop.library.quantity.dayrows import ACTIVE_IN, CHANNELS, final_schema, raw_schema
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import validation
from wattloop.library.readings.ahead import ahead
from wattloop.library.readings.beside import Beside
from wattloop.library.readings.recognise import recognise
from wattloop.library.readings.report import ImportReport, Progress
from wattloop.library.readings.settling import Settled, Settler
from wattloop.library.readings.spool import Spool
from wattloop.library.readings.staging import Staged, check_unchanged, fingerprinting, stage, state_of, whole_points
from wattloop.library.readings.validation import Limits

WORST_SHOWN = 5
_MONTH, _REVISION = pa.field("month", pa.string()), pa.field("revision", pa.int64())


def import_file(
    lake: Lake,
    path: Path | str,
    *,
    columns: dict[str, str] | None = None,
    unit: str | None = None,
    stamp: str | None = None,
    zone: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    slots: int | None = None,
    channel: str = ACTIVE_IN,
    limits: Limits = Limits(),  # noqa: B008
    dry_run: bool = False,
    again: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of interval readings.

    Args:
        lake: an open lake.
        path: long or wide, CSV or Parquet.
        columns, unit, stamp, encoding, delimiter, decimal, slots: as for `recognise`, where the file does not tell.
        zone: IANA zone whose local clock the stamps are on; without it, stamps without
            an offset are the lake's standard time. A new lake without a zone takes this one, and UTC
            with stamps that carry an offset.
        channel: the channel of all readings.
        limits: when a reading is absurd.
        dry_run: say what would happen and change nothing.
        again: take a file in anew that was imported before, over what came after it.
        progress: told rows done and rows expected (0: unknown).

    Raises:
        Refused: with file and row; the lake is as it was.
    """
    path = Path(path)
    if channel not in CHANNELS:
        raise Refused(f"there is no channel {channel!r}", f"Give one of {', '.join(CHANNELS)}.", field="channel")
    if zone is not None:
        zones.zone_info(zone)
    state = state_of(path)
    told = {
        "columns": columns, "unit": unit, "stamp": stamp, "zone": zone, "slots": slots, "channel": channel,
    }  # fmt: skip
    try:
        with fingerprinting(path) as sha256:  # either reads the whole file
            found = recognise(
                path, columns=columns, unit=unit, stamp=stamp, encoding=encoding, delimiter=delimiter,
                decimal=decimal, slots=slots,
            )  # fmt: skip
            mark = {"file": path.name, "sha256": sha256(), "told": json.dumps(told, sort_keys=True)}
        report = ImportReport(str(path), notes=found.notes, dry_run=dry_run)
        with lake.change() as change:
            report.version = change.before.version
            known = None if again else _imported_as(lake, mark)
            if known is not None:
                report.notes.append(f"this file was imported before, as version {known}")
                return report
            offset = change.before.offset
            if zone is not None and change.before.zone is None:
                offset = zones.standard_offset(zone)
            staged = stage(found, offset=offset, zone=zone, folder=change.staging, channel=channel, progress=progress)
            check_unchanged(path, state)
            adopted = _adopted(change.before, zone, zoned=found.zoned)
            report.notes.append(_clock_note(change.before.zone or adopted, zone, zoned=found.zoned))
            if adopted:
                report.notes.append("the lake had no zone and takes this one")
            _settle(change, staged, report, channel, limits, mark, adopted)
    except Refused as refused:
        check_unchanged(path, state)
        refused.file = refused.file or str(path)
        raise
    return report


def _imported_as(lake: Lake, mark: dict[str, str]) -> int | None:
    for version in lake.imports():
        taken = version.imported
        if taken and taken["sha256"] == mark["sha256"] and taken["told"] == mark["told"]:
            return version.version
    return None


def _adopted(before: Snapshot, zone: str | None, *, zoned: bool) -> str | None:
    """The zone that a lake without one takes from its first file, if that tells one.

    Raises:
        Refused: where readings of an unnamed standard time are there, and stamps with an offset have no place in it.
    """
    if before.zone is not None or not (zone or zoned):
        return None
    if before.version == 0:
        return zone or "UTC"
    if zone is None:
        raise Refused(
            "stamps carry an offset, and the lake's standard time is of no named zone",
            "Tell the zone of the readings that are there: zone; or import into a lake with a zone.",
        )
    return None


def _clock_note(kept: str | None, zone: str | None, *, zoned: bool) -> str:
    standard = f"standard time of {kept}" if kept else "standard time, of no named zone"
    if zoned:
        return f"stamps with an offset, kept in the lake's {standard}"
    if zone:
        return f"stamps on the local clock of {zone}, kept in the lake's {standard}"
    return f"stamps without a zone, taken as the lake's {standard}"


def _settle(
    change: Change, staged: Staged, report: ImportReport, channel: str, limits: Limits, mark: dict[str, str],
    zone: str | None,
) -> None:  # fmt: skip
    con = ibis.duckdb.connect()
    con.raw_sql("SET memory_limit = '1GiB'")
    revision = change.before.version + 1
    of_month = final_schema(staged.slots).append(_MONTH)
    settler = Settler(change.before, con, staged.slots, channel, staged.first, staged.last, limits)
    report.rows, report.duplicates, report.slots = staged.tally.rows, staged.tally.duplicates, staged.slots
    epoch = dt.date(1970, 1, 1)
    report.first, report.last = (epoch + dt.timedelta(days=d) for d in (staged.first, staged.last))
    months: dict[str, set[str]] = {INTERVALS: set(), CORRECTIONS: set(), RAW: set()}
    corrected = Spool(change.staging / "corrected.arrow")
    worst: dict[str, int] = {}
    largest = {INTERVALS: 0, CORRECTIONS: 0}

    def keep(tables: Iterator[pa.Table]) -> None:
        schema = raw_schema(staged.slots).append(_MONTH).append(_REVISION)
        dated = (_with_revision(_with_month(t, months[RAW]), revision) for t in tables)
        as_read = pa.RecordBatchReader.from_batches(schema, (b.cast(schema) for t in dated for b in t.to_batches()))
        change.append(RAW, staged.slots, as_read, {channel}, months[RAW])

    def fresh() -> Iterator[pa.RecordBatch]:
        for table in whole_points(staged):
            settled = settler.settle(table)
            _count(report, table, settled, worst)
            if settled.arrived.any() and not report.dry_run:
                kept.put(table if settled.arrived.all() else table.filter(pa.array(settled.arrived)))
            largest[INTERVALS] = max(largest[INTERVALS], _largest(settled.fresh))
            largest[CORRECTIONS] = max(largest[CORRECTIONS], _largest(settled.corrected))
            if len(settled.corrected):
                corrected.add(_with_revision(_with_month(settled.corrected, months[CORRECTIONS]), revision))
            if len(settled.fresh):
                yield from _with_month(settled.fresh, months[INTERVALS]).to_batches()

    with Beside(keep) as kept:
        batches = _peeked(fresh())
        if report.dry_run:
            for _ in batches or []:
                pass
        elif batches is not None:
            change.append(
                INTERVALS,
                staged.slots,
                _reader(of_month, batches),
                {channel},
                months[INTERVALS],
                lambda: largest[INTERVALS],
            )
    report.flagged = dict(sorted(worst.items(), key=lambda item: -item[1])[:WORST_SHOWN])
    con.disconnect()
    if report.dry_run or not (report.new_days or report.revisions or report.added_days):
        corrected.close()
        return
    if corrected.close():
        late = _reader(of_month.append(_REVISION), corrected.batches())
        change.append(CORRECTIONS, staged.slots, late, {channel}, months[CORRECTIONS], lambda: largest[CORRECTIONS])
    report.version = change.commit(
        {**mark, **{k: v for k, v in report.as_dict().items() if k not in ("file", "version")}}, zone
    )


def _count(report: ImportReport, table: pa.Table, settled: Settled, worst: dict[str, int]) -> None:
    report.points += len(pc.unique(table["point"]))
    report.new_days += int(settled.arrived.sum()) - settled.revised
    report.revisions += settled.revised
    report.unchanged += settled.unchanged if not settled.arrived.all() else 0
    report.added_days += settled.added_days
    report.missing += settled.flags.get(validation.MISSING, 0)
    report.negative += settled.flags.get(validation.NEGATIVE, 0)
    report.absurd += settled.flags.get(validation.ABSURD, 0)
    for name in table.column_names[3:]:
        report.wh += pc.sum(table[name]).as_py() or 0
    worst.update(settled.worst)


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


def _with_revision(table: pa.Table, revision: int) -> pa.Table:
    return table.append_column("revision", pa.array(np.full(len(table), revision, np.int64)))


def _peeked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch] | None:
    """The same batches; None where there is not one."""
    first = next(batches, None)
    if first is None:
        return None

    def all_of_them() -> Iterator[pa.RecordBatch]:
        yield first
        yield from batches

    return all_of_them()


def _reader(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, ahead(b.cast(schema) for b in batches))
