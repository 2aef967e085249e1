"""Register readings out of a lake into a file that any lake takes in again unchanged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wattloop.library.lake.registers import SCHEMA
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.exporting import checked_path, refuse_formulas, whole_file

# The rest follows from these.
COLUMNS = [name for name in SCHEMA.names if name not in ("quantity", "rolled", "revision")]


def export_registers(
    lake: Lake,
    path: Path | str,
    *,
    points: list[str] | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    version: int | None = None,
) -> int:
    """Write final register readings, a register a row, sorted by point, register, `from` and meter.

    Args:
        lake: the lake.
        path: ends in .csv or .parquet.
        points: those alone; all by default.
        first, last: days, both included, that a reading's span touches; everything by default.
        version: of the lake; the newest by default.

    Returns:
        Rows written.

    Raises:
        Refused: for a path, point or span that gives nothing, or names a spreadsheet would take for a formula.
    """
    path = checked_path(path, ".csv", ".parquet")
    snapshot = lake.snapshot(version)
    chosen = None if points is None else pa.array(points, pa.string())
    rows = snapshot.registers(first or dt.date.min, last or dt.date.max, chosen).select(COLUMNS)
    if not len(rows):
        raise Refused("there is no register reading to write", "See `wattloop readings show` for what there is.")
    missing = [] if chosen is None else chosen.filter(pc.invert(pc.is_in(chosen, rows["point"].combine_chunks())))
    if len(missing):
        raise Refused(f"there is no register reading of point {missing[0]} in that span", "Check its name.")
    if path.suffix == ".csv":
        refuse_formulas("point", set(pc.unique(rows["point"]).to_pylist()))
        refuse_formulas("meter", set(pc.unique(rows["meter"]).to_pylist()))
    with whole_file(path) as partial:
        if path.suffix == ".csv":
            with duckdb.connect() as con:
                con.register("rows", rows)
                con.sql("SELECT * FROM rows").write_csv(str(partial), header=True)
        else:
            pq.write_table(rows, partial)
    return len(rows)
