"""The final day-rows of a few points: read where they lie, without looking at anybody else's readings."""

from __future__ import annotations

import datetime as dt

import duckdb
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
    columns = ", ".join(["point", "day", *slot_names(slots)])
    schema = pa.schema([("point", pa.string()), ("day", pa.date32()), *((n, pa.int32()) for n in slot_names(slots))])
    base = snapshot.files(INTERVALS, slots, first, last)
    if not base or not len(points):
        return schema.empty_table()
    con.register("asked", pa.table({"point": points}))
    rows = _base(con, base, columns, points, channel, first, last)
    late = snapshot.files(CORRECTIONS, slots, first, last)
    if late:
        con.register("kept", rows)
        rows = con.sql(
            f"WITH newest AS (SELECT {columns} FROM read_parquet(?) SEMI JOIN asked USING (point)"
            " WHERE channel = ? AND day BETWEEN ? AND ?"
            " QUALIFY row_number() OVER (PARTITION BY point, day ORDER BY revision DESC) = 1)"
            f" SELECT {columns} FROM kept ANTI JOIN newest USING (point, day) UNION ALL SELECT * FROM newest",
            params=[late, channel, first, last],
        ).to_arrow_table()
    return rows.cast(schema)


def _base(
    con: duckdb.DuckDBPyConnection,
    files: list[str],
    columns: str,
    points: pa.Array,
    channel: str,
    first: dt.date,
    last: dt.date,
) -> pa.Table:
    # First where they are, by few columns; then only those rows of all the others.
    bounds = pc.min_max(points).as_py()
    between = [bounds["min"], bounds["max"]]
    at = con.sql(
        "SELECT filename, file_row_number FROM read_parquet(?, filename = true, file_row_number = true)"
        " SEMI JOIN asked USING (point) WHERE point BETWEEN ? AND ? AND channel = ? AND day BETWEEN ? AND ?",
        params=[files, *between, channel, first, last],
    ).to_arrow_table()
    found = []
    for file in pc.unique(at["filename"]).to_pylist():
        con.register("placed", at.filter(pc.equal(at["filename"], file)).select(["file_row_number"]))
        found.append(
            con.sql(
                f"SELECT {columns} FROM read_parquet(?, file_row_number = true)"
                " SEMI JOIN placed USING (file_row_number) WHERE point BETWEEN ? AND ?",
                params=[[file], *between],
            ).to_arrow_table()
        )
    if not found:
        return con.sql(f"SELECT {columns} FROM read_parquet(?) LIMIT 0", params=[files]).to_arrow_table()
    return pa.concat_tables(found)
