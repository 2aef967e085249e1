"""Readings out of a lake into a file that any lake takes in again unchanged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from wattloop.library.lake import disk
from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.dayrows import ACTIVE_IN, CHANNELS, slot_names
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.channels import VOLTAGE, check_channel, largest_unit
from wattloop.library.readings.engine import streamed
from wattloop.library.readings.espi_writing import BATCH, Written, write_feed

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(
    lake: Lake,
    path: Path | str,
    *,
    points: list[str] | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    shape: str | None = None,
    slots: int | None = None,
    channel: str | None = None,
    version: int | None = None,
) -> int:
    """Write final readings, sorted by point and time.

    Args:
        lake: the lake.
        path: ends in .csv, .parquet, or .xml for Green Button (ESPI).
        points: those alone; all by default.
        first, last: days, both included.
        shape: of a table: "long" (by default) writes `point, start, kwh`; "wide" a day a row, in Wh. Reactive energy
            is in kvarh and varh, voltage in V.
        slots: readings a day, where the lake holds several; Green Button has room for all.
        channel: which channel; active_in by default, and all in Green Button.
        version: of the lake; the newest by default.

    Returns:
        Rows written, of Green Button readings.

    Raises:
        Refused: for a path, point or span that gives nothing, names that a spreadsheet would take for a formula, and
            Green Button from a lake of no named zone.
    """
    path = checked_path(path, ".csv", ".parquet", ".xml")
    check_channel(channel)
    if path.suffix == ".xml" and shape is not None:
        raise Refused("Green Button has one shape", "Leave `shape` out.", field="shape")
    snapshot = lake.snapshot(version)
    chosen = {"points": points, "first": first, "last": last}
    con = ibis.duckdb.connect()
    try:
        with whole_file(path) as partial:
            if path.suffix == ".xml":
                return _feed(con, snapshot, partial, slots, channel, **chosen)
            return _table(con, snapshot, partial, slots, channel or ACTIVE_IN, shape, path.suffix, **chosen)
    finally:
        con.disconnect()


def checked_path(path: Path | str, *endings: str) -> Path:
    """A file to write.

    Raises:
        Refused: where its ending is none of those that tell a format.
    """
    path = Path(path)
    if path.suffix not in endings:
        known = f"{', '.join(endings[:-1])} or {endings[-1]}"
        raise Refused(f"the ending {path.suffix!r} tells no format", f"End the name in {known}.", file=str(path))
    return path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to write into, which takes its name once it is whole, or goes.

    Raises:
        Refused: where the disk is full or may not be written.
    """
    partial = path.with_name(f".{path.stem[:200]}.partial")
    try:
        with disk.told("no file was written"):
            yield partial
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _table(
    con: Any, snapshot: Snapshot, path: Path, slots: int | None, channel: str, shape: str | None, suffix: str,
    **chosen: Any,
) -> int:  # fmt: skip
    held = snapshot.slot_counts(channel)
    if slots is None and len(held) > 1:
        raise Refused(f"the lake holds {', '.join(map(str, held))} readings a day", "Name one with --slots.")
    slots = slots or (held[0] if held else 0)
    if slots not in held:
        raise Refused("the lake holds no such readings", f"It holds {held or 'nothing'} for {channel}.")
    rows = _chosen(con, snapshot, slots, channel, **chosen)
    if chosen["points"]:
        _all_there(_points_of(rows), chosen["points"])
    if suffix == ".csv":
        refuse_formulas("point", _points_of(rows))
    table = _wide(rows, slots, channel) if shape == "wide" else _long(rows, slots, channel)
    count = int(table.count().execute())
    if not count:
        raise _nothing()
    if suffix == ".csv":
        table.to_csv(path)
    else:
        table.to_parquet(path)
    return count


def _feed(con: Any, snapshot: Snapshot, path: Path, slots: int | None, channel: str | None, **chosen: Any) -> int:
    parts, last = [], None
    for name in CHANNELS if channel is None else [channel]:
        for every in snapshot.slot_counts(name):
            if slots not in (None, every):
                continue
            rows = _chosen(con, snapshot, every, name, **chosen, quality=True)
            points = sorted(_points_of(rows))
            if points:
                newest = rows.day.max().execute()
                last = newest if last is None else max(last, newest)
                sql = con.compile(rows.order_by("point", "day"))
                parts.append(Written(every, name, points, streamed(con.con, sql, BATCH)))
    there = {point for part in parts for point in part.points}
    if chosen["points"]:
        _all_there(there, chosen["points"])
    if last is None:
        raise _nothing()
    return write_feed(path, snapshot, parts, last)


def _chosen(
    con: Any, snapshot: Snapshot, slots: int, channel: str, *, points: list[str] | None, first: dt.date | None,
    last: dt.date | None, quality: bool = False,
) -> ir.Table:  # fmt: skip
    rows = snapshot.day_rows(con, slots, channel=channel, first_day=first, last_day=last, quality=quality)
    return rows.filter(rows.point.isin(points)) if points else rows


def _points_of(rows: ir.Table) -> set[str]:
    return set(rows.select("point").distinct().to_pyarrow()["point"].to_pylist())


def _nothing() -> Refused:
    return Refused("there is no reading in that span", "See `wattloop readings show` for what there is.")


def _long(rows: ir.Table, slots: int, channel: str) -> ir.Table:
    names = slot_names(slots)
    long = rows.select("point", "day", *names).pivot_longer(names, names_to="slot", values_to="wh")
    minute = long.slot.substr(1).cast("int64") * (24 * 60 // slots)
    start = long.day.cast("timestamp") + minute.as_interval("m")
    # Decimals keep the watt-hour exact on the way.
    unit, one = largest_unit(channel)
    value = (long.wh.cast("decimal(12, 3)") / one).cast("decimal(12, 3)")
    return long.select("point", **{"start": start, unit.lower(): value}).order_by("point", "start")


def _wide(rows: ir.Table, slots: int, channel: str) -> ir.Table:
    unit, one = largest_unit(channel)
    if channel == VOLTAGE:
        values = {n: (rows[n].cast("decimal(12, 1)") / one).cast("decimal(12, 1)") for n in slot_names(slots)}
    else:
        unit, values = unit.removeprefix("k"), {n: rows[n] for n in slot_names(slots)}
    day = f"day ({unit})"
    return rows.select("point", **{day: rows.day}, **values).order_by("point", day)


def _all_there(found: set[str], wanted: list[str]) -> None:
    missing = [p for p in wanted if p not in found]
    if missing:
        raise Refused(f"there is no reading of point {missing[0]} in that span", "Check its name.")


def refuse_formulas(what: str, names: set[str]) -> None:
    """Refuse names that would run in a spreadsheet as formulas; one cannot be changed without losing it.

    Raises:
        Refused: naming the first; `what` says of what it is the name.
    """
    bad = min((name for name in names if name.startswith(_FORMULA)), default=None)
    if bad is not None:
        raise Refused(f"the {what} {bad!r} would be a formula in a spreadsheet", "Export as Parquet.")
