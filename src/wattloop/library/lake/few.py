"""The final day-rows of a few points: read where they lie, without looking at anybody else's readings."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import CORRECTIONS, INTERVALS, Snapshot
from wattloop.library.quantity.dayrows import slot_names


def rows_of(
    con: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    points: pa.Array,
    slots: int,
    channel: str,
    first: dt.date,
    last: dt.date,
) -> pa.Table:
    """Final day-rows of some points, corrections in their place.

    Args:
        con: an engine that lets joins filter what is scanned.
        snapshot: the lake as of a version.
        points: string, each once; their rows are held in memory.
        slots, channel: which readings.
        first, last: days, both included.

    Returns:
        `point`, `day`, one int32 column per slot.
    """
    schema = pa.schema([("point", pa.string()), ("day", pa.date32()), *((n, pa.int32()) for n in slot_names(slots))])
    base = snapshot.files(INTERVALS, slots, first, last)
    if not base or not len(points):
        return schema.empty_table()
    con.register("asked", pa.table({"point": points}))
    rows = _base(con, base, schema, points, channel, first, last)
    late = snapshot.files(CORRECTIONS, slots, first, last)
    if late:
        newest = con.sql(
            f"SELECT {', '.join(schema.names)} FROM read_parquet(?) SEMI JOIN asked USING (point)"
            " WHERE channel = ? AND day BETWEEN ? AND ?"
            " QUALIFY row_number() OVER (PARTITION BY point, day ORDER BY revision DESC) = 1",
            params=[late, channel, first, last],
        ).to_arrow_table()
        kept = ~np.isin(_keys(rows, points), _keys(newest, points))
        rows = pa.concat_tables([rows.filter(pa.array(kept)), newest.cast(schema)])
    return rows


def _keys(rows: pa.Table, points: pa.Array) -> npt.NDArray[np.int64]:
    """A number for each point and day."""
    point = np.asarray(pc.index_in(rows["point"].cast(pa.string()), points)).astype(np.int64)
    return np.asarray(point * 2**32 + np.asarray(rows["day"].cast(pa.int32())), np.int64)


def _base(
    con: duckdb.DuckDBPyConnection,
    files: list[str],
    schema: pa.Schema,
    points: pa.Array,
    channel: str,
    first: dt.date,
    last: dt.date,
) -> pa.Table:
    # First where they are, by few columns; then only those rows of all the others.
    slots, bounds = schema.names[2:], pc.min_max(points).as_py()
    at = con.sql(
        "SELECT filename, file_row_number, point, day"
        " FROM read_parquet(?, filename = true, file_row_number = true)"
        " SEMI JOIN asked USING (point) WHERE point BETWEEN ? AND ? AND channel = ? AND day BETWEEN ? AND ?",
        params=[files, bounds["min"], bounds["max"], channel, first, last],
    ).to_arrow_table()
    found = []
    for file in pc.unique(at["filename"]).to_pylist():
        placed = at.filter(pc.equal(at["filename"], file)).sort_by("file_row_number")
        con.register("placed", placed.select(["file_row_number"]))
        number = placed["file_row_number"]
        rows = con.sql(
            f"SELECT file_row_number, {', '.join(slots)} FROM read_parquet(?, file_row_number = true)"
            " SEMI JOIN placed USING (file_row_number) WHERE file_row_number BETWEEN ? AND ?",
            params=[[file], number[0].as_py(), number[-1].as_py()],
        ).to_arrow_table()
        readings = rows.sort_by("file_row_number").select(slots)
        found.append(pa.table([placed["point"], placed["day"], *readings.columns], names=schema.names).cast(schema))
    return pa.concat_tables([schema.empty_table(), *found])
