"""Register readings of a file against those of the lake: what is new, what is revised, what gives way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from wattloop.library.lake.registers import DEMAND, KEY, MONTH, SCHEMA, final_sql
from wattloop.library.lake.store import Change
from wattloop.library.quantity.counts import counted
from wattloop.library.readings.engine import connect, streamed
from wattloop.library.readings.register_file import RegisterFile
from wattloop.library.readings.register_rows import ROWS, read_registers
from wattloop.library.readings.report import RegisterReport

_HELD, _NEW, _GIVES_WAY = "registers_held", "registers_new", "registers_giving_way"
_SAID = [name for name in SCHEMA.names if name != "revision"]
_BATCH = 100_000


@dataclass
class _Columns:
    """Lists of columns in SQL."""

    said: str = ", ".join(f'"{name}"' for name in _SAID)
    key: str = ", ".join(f'"{name}"' for name in KEY)


def take_registers(change: Change, found: RegisterFile, report: RegisterReport) -> bool:
    """Read a register file and append what it says anew; whether there is anything to commit.

    A reading takes the place of an earlier one of the same point, meter, register and `to`. An earlier one with
    another `to` whose span overlaps gives way as well, so that no day is ever counted twice.

    Args:
        change: the change of the lake that takes them.
        found: the file.
        report: is told what is met; with its `dry_run`, nothing is appended.

    Raises:
        Refused: for a file that cannot be taken.
    """
    con = connect(change.staging)
    try:
        read = read_registers(con, found, change.staging)
        report.rows, report.duplicates, report.rolled = read.rows, read.duplicates, read.rolled
        if read.by_day:
            rows = counted(read.by_day, "row")
            report.notes.append(f"the time of day is dropped from {rows}: spans are of whole days")
        _describe(con, report)
        _settle(con, change, report)
        if report.dry_run or not (report.new or report.revisions):
            return False
        _append(con, change)
        return True
    finally:
        con.close()


def _describe(con: duckdb.DuckDBPyConnection, report: RegisterReport) -> None:
    points, meters, first, last = con.execute(
        f'SELECT count(DISTINCT point), count(DISTINCT (point, meter)), min("from"), max("to") FROM {ROWS}'
    ).fetchall()[0]
    report.points, report.meters, report.first, report.last = points, meters, first, last - dt.timedelta(days=1)
    energy = f"{ROWS} WHERE NOT starts_with(register, '{DEMAND}')"
    totals = con.execute(f"SELECT register, sum(quantity) FROM {energy} GROUP BY ALL ORDER BY ALL").fetchall()
    report.quantities = {register: int(quantity) for register, quantity in totals}


def _settle(con: duckdb.DuckDBPyConnection, change: Change, report: RegisterReport) -> None:
    """Fill the tables of rows to append: readings that say something new, and earlier ones that give way."""
    assert report.first is not None
    assert report.last is not None
    columns, same_key = _Columns(), " AND ".join(f'r."{name}" = h."{name}"' for name in KEY)
    same = " AND ".join(f'r."{name}" IS NOT DISTINCT FROM h."{name}"' for name in _SAID)
    # A day more on either side, so that readings of the same `to` but another `from` are among them.
    first, last = report.first - dt.timedelta(days=1), report.last + dt.timedelta(days=1)
    files = change.before.register_files(first, last)
    held = final_sql(files, first, last) if files else f"SELECT {columns.said} FROM {ROWS} WHERE false"
    con.execute(f"CREATE TEMP TABLE {_HELD} AS SELECT {columns.said} FROM ({held})")
    con.execute(
        f"CREATE TEMP TABLE {_NEW} AS SELECT r.*, h.point IS NOT NULL AS known FROM {ROWS} r"
        f" LEFT JOIN {_HELD} h ON {same_key} WHERE NOT coalesce({same}, false)"
    )
    con.execute(
        f"CREATE TEMP TABLE {_GIVES_WAY} AS SELECT h.* FROM {_HELD} h SEMI JOIN {_NEW} r ON r.point = h.point"
        ' AND r.meter = h.meter AND r.register = h.register AND r."from" < h."to" AND h."from" < r."to"'
        f" ANTI JOIN {ROWS} r ON {same_key}"
    )
    counts = con.execute(
        f"SELECT count(*) FILTER (NOT known), count(*) FILTER (known), (SELECT count(*) FROM {ROWS}) - count(*),"
        f" (SELECT count(*) FROM {_GIVES_WAY}) FROM {_NEW}"
    ).fetchall()[0]
    report.new, report.revisions, report.unchanged, report.gave_way = counts


def _append(con: duckdb.DuckDBPyConnection, change: Change) -> None:
    columns = _Columns()
    gone = columns.said.replace('"quantity"', "NULL::BIGINT AS quantity")
    rows = f"SELECT {columns.said} FROM {_NEW} UNION ALL SELECT {gone} FROM {_GIVES_WAY}"
    names = {name for (name,) in con.execute(f"SELECT DISTINCT register FROM ({rows})").fetchall()}
    months = con.execute(f'SELECT {MONTH} AS month, min("from"), max("to") FROM ({rows}) GROUP BY ALL').fetchall()
    spans = {month: (begins.isoformat(), ends.isoformat()) for month, begins, ends in months}
    schema = SCHEMA.append(pa.field("month", pa.string()))
    revision = f"{change.before.version + 1}::BIGINT AS revision"
    sql = f'SELECT *, {revision}, {MONTH} AS month FROM ({rows}) ORDER BY month, point, register, "from", meter'
    batches = (batch.cast(schema) for batch in streamed(con, sql, _BATCH))
    change.append_registers(pa.RecordBatchReader.from_batches(schema, batches), names, spans)
