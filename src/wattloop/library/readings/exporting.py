"""Readings out of a lake into a file that any lake takes in again unchanged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
import ibis.expr.types as ir

from wattloop.library.lake import disk
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.dayrows import ACTIVE_IN, slot_names
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.channels import VOLTAGE, largest_unit

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(
    lake: Lake,
    path: Path | str,
    *,
    points: list[str] | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    shape: str = "long",
    slots: int | None = None,
    channel: str = ACTIVE_IN,
    version: int | None = None,
) -> int:
    """Write final readings, sorted by point and time.

    Args:
        lake: the lake.
        path: ends in .csv or .parquet.
        points: those alone; all by default.
        first, last: days, both included.
        shape: "long" writes `point, start, kwh`; "wide" a day a row, in Wh. Reactive energy is in kvarh and varh,
            voltage in V.
        slots: readings a day, where the lake holds several.
        channel: which channel.
        version: of the lake; the newest by default.

    Returns:
        Rows written.

    Raises:
        Refused: for a path, point or span that gives nothing, or names a spreadsheet would take for a formula.
    """
    path = checked_path(path)
    snapshot = lake.snapshot(version)
    held = snapshot.slot_counts(channel)
    if slots is None and len(held) > 1:
        raise Refused(f"the lake holds {', '.join(map(str, held))} readings a day", "Name one with --slots.")
    slots = slots or (held[0] if held else 0)
    if slots not in held:
        raise Refused("the lake holds no such readings", f"It holds {held or 'nothing'} for {channel}.")
    con = ibis.duckdb.connect()
    try:
        rows = snapshot.day_rows(con, slots, channel=channel, first_day=first, last_day=last)
        if points:
            rows = rows.filter(rows.point.isin(points))
            _all_there(rows, points)
        if path.suffix == ".csv":
            refuse_formulas("point", rows.select("point").distinct().to_pyarrow()["point"].to_pylist())
        table = _long(rows, slots, channel) if shape == "long" else _wide(rows, slots, channel)
        count = int(table.count().execute())
        if not count:
            raise Refused("there is no reading in that span", "See `wattloop readings show` for what there is.")
        with whole_file(path) as partial:
            if path.suffix == ".csv":
                table.to_csv(partial)
            else:
                table.to_parquet(partial)
    finally:
        con.disconnect()
    return count


def checked_path(path: Path | str) -> Path:
    """A file to write.

    Raises:
        Refused: where its ending tells no format.
    """
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        raise Refused(
            f"the ending {path.suffix!r} tells no format", "End the name in .csv or .parquet.", file=str(path)
        )
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


def _all_there(rows: ir.Table, points: list[str]) -> None:
    found = set(rows.select("point").distinct().to_pyarrow()["point"].to_pylist())
    missing = [p for p in points if p not in found]
    if missing:
        raise Refused(f"there is no reading of point {missing[0]} in that span", "Check its name.")


def refuse_formulas(what: str, names: list[str]) -> None:
    """Refuse names that would run in a spreadsheet as formulas; one cannot be changed without losing it.

    Raises:
        Refused: naming the first; `what` says of what it is the name.
    """
    bad = next((n for n in names if n.startswith(_FORMULA)), None)
    if bad is not None:
        raise Refused(f"the {what} {bad!r} would be a formula in a spreadsheet", "Export as Parquet.")
