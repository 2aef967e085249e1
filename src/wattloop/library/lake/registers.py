"""The table of register readings: frozen counters, each row one register over one span of days.

A peer of the interval tables: append-only, by month, named by the same manifest. A row
is superseded by a newer revision of the same point, meter, register and `to`; one
without a quantity withdraws it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pyarrow as pa

REGISTERS = "registers"
"""The name of the table."""

KEY = ("point", "meter", "register", "to")
"""What names a reading; of several revisions the newest counts."""

ENERGY = (
    "active_in", "active_out", "reactive_in", "reactive_out", "reactive_q1", "reactive_q2", "reactive_q3",
    "reactive_q4",
)  # fmt: skip
DEMAND = "demand"
WITH_PERIODS = ("active_in", "active_out", DEMAND)
"""Registers that a meter keeps per time-of-use period too, as in `active_in:peak`."""

MONTH = """strftime("to", '%Y-%m')"""
"""SQL for the partition of a row."""

SCHEMA = pa.schema(
    [
        ("point", pa.string()),
        ("meter", pa.string()),
        ("register", pa.string()),
        ("from", pa.date32()),
        ("to", pa.date32()),  # not included: a reading at 24:00 of 31 May has `to` 1 June
        ("last", pa.decimal128(18, 4)),  # as shown on the meter
        ("this", pa.decimal128(18, 4)),
        ("multiplier", pa.decimal128(12, 4)),
        ("digits", pa.int8()),  # places before the point, for roll-over; null where unknown
        ("quantity", pa.int64()),  # Wh or varh, W of a demand; null in a row that withdraws an earlier one
        ("rolled", pa.bool_()),
        ("at", pa.timestamp("us")),  # local; of a maximum demand
        ("revision", pa.int64()),  # the version of the lake that wrote it
    ]
)


def final_sql(files: list[str], first: dt.date, last: dt.date) -> str:
    """SQL for the newest revision of every reading whose span touches the days from `first` to `last`.

    Args:
        files: Parquet files of every month that such a reading's `to` can lie in.
        first, last: both included.
    """
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    named = ", ".join(f'"{name}"' for name in SCHEMA.names)
    key = ", ".join(f'"{name}"' for name in KEY)
    # All revisions of a reading have one `to`, so that one may be asked for before the newest is chosen.
    return (
        f"SELECT {named} FROM (SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"
        f""" WHERE "to" > DATE '{first}' QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY revision DESC) = 1)"""
        f""" WHERE quantity IS NOT NULL AND "from" <= DATE '{last}'"""
    )


def folded_sql(files: list[str]) -> str:
    """SQL for a month's readings without the revisions that count no more, in the order of its file."""
    rows = final_sql(files, dt.date.min, dt.date.max)
    return f'SELECT *, {MONTH} AS month FROM ({rows}) ORDER BY point, register, "from", meter'


def final_rows(files: list[str], first: dt.date, last: dt.date, points: pa.Array | None) -> pa.Table:
    """Rows of `SCHEMA` as `final_sql` chooses them, sorted by point, register, `from` and meter."""
    if not files:
        return SCHEMA.empty_table()
    with duckdb.connect() as con:
        chosen = ""
        if points is not None:
            con.register("chosen", pa.table({"point": points.cast(pa.string())}))
            chosen = " WHERE point IN (SELECT point FROM chosen)"
        sql = f'SELECT * FROM ({final_sql(files, first, last)}){chosen} ORDER BY point, register, "from", meter'
        return con.sql(sql).to_arrow_table().cast(SCHEMA)


def totals_of(files: list[str], first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    """Of the rows that `final_sql` chooses, of each register: points, readings, first and last day, quantity."""
    if not files:
        return []
    with duckdb.connect() as con:
        totals: list[dict[str, Any]] = con.sql(
            'SELECT register, count(DISTINCT point) AS points, count(*) AS readings, min("from") AS first,'
            ' max("to") - 1 AS last, CASE WHEN NOT starts_with(register, ?) THEN sum(quantity) END AS quantity'
            f" FROM ({final_sql(files, first, last)}) GROUP BY register ORDER BY register", params=[DEMAND],
        ).to_arrow_table().to_pylist()  # fmt: skip
    return totals


def points_of(files: list[str], first: dt.date, last: dt.date) -> pa.Array:
    """string[points] of the rows that `final_sql` chooses, sorted, each once."""
    if not files:
        return pa.array([], pa.string())
    with duckdb.connect() as con:
        found = con.sql(f"SELECT DISTINCT point FROM ({final_sql(files, first, last)}) ORDER BY point")
        return found.to_arrow_table()["point"].combine_chunks().cast(pa.string())
