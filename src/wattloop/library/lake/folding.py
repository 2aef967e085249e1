"""Closing a month: its corrections are folded into the base, so that reading it costs no more than a plain scan.

Older versions of the lake read the files they always read; nothing is deleted here
(see `retention`).
"""

from __future__ import annotations

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from wattloop.library.lake import registers
from wattloop.library.lake.snapshot import CORRECTIONS, INTERVALS, Snapshot
from wattloop.library.lake.store import Change, Lake
from wattloop.library.quantity.dayrows import SLOT_COUNTS, final_schema, last_of_month, month_of
from wattloop.library.quantity.refusal import Refused

_MEMORY = "1GiB"


def fold(lake: Lake, month: str) -> int:
    """Fold one month's corrections into its base rows, sorted by point and day, and its register readings likewise.

    Args:
        lake: an open lake; its final readings stay what they are, to the last slot.
        month: 'YYYY-MM'; of register readings, those that end in it.

    Returns:
        Corrected day-rows folded in, and revisions of register readings that count no more and were left out; with
        0, the lake keeps its version.

    Raises:
        Refused: where the month is none, or the lake holds nothing of it.
    """
    month_of(month)
    with lake.change() as change:
        held = [s for s in SLOT_COUNTS if month in change.before.months(INTERVALS, s)]
        of_registers = month in change.before.register_months()
        if not held and not of_registers:
            raise Refused(f"the lake {lake.path} holds no readings of {month}", "Look at what it holds: readings show.")
        due = [s for s in held if month in change.before.months(CORRECTIONS, s)]
        folded = sum(_fold(change, slots, month) for slots in due)
        folded += _fold_registers(change, month) if of_registers else 0
        if folded:
            change.commit()
        return folded


def _fold(change: Change, slots: int, month: str) -> int:
    con = ibis.duckdb.connect()
    try:
        con.raw_sql(f"SET memory_limit = '{_MEMORY}'")
        con.raw_sql(f"SET temp_directory = '{str(change.staging).replace(chr(39), chr(39) * 2)}'")
        count = _corrected(change.before, con, slots, month)
        first, *others = _channels(change.before, con, slots, month)
        rows = ibis.union(first, *others) if others else first
        schema = final_schema(slots).append(pa.field("month", pa.string()))
        ordered = rows.order_by("channel", "point", "day").select(*schema.names)
        batches = (batch.cast(schema) for batch in con.con.sql(con.compile(ordered)).to_arrow_reader(65_536))
        change.replace_month(INTERVALS, slots, month, pa.RecordBatchReader.from_batches(schema, batches))
        change.drop_month(CORRECTIONS, slots, month)
    finally:
        con.disconnect()
    return count


def _fold_registers(change: Change, month: str) -> int:
    """Leave out the revisions of a month's register readings that count no more; how many they are."""
    files = change.before.files_of_register_month(month)
    if not files:
        return 0  # everything in it gave way, and was folded
    with duckdb.connect() as con:
        con.execute(f"SET memory_limit = '{_MEMORY}'")
        con.execute(f"SET temp_directory = '{str(change.staging).replace(chr(39), chr(39) * 2)}'")
        kept = registers.folded_sql(files)
        every, counting = con.execute(
            f"SELECT (SELECT count(*) FROM read_parquet(?)), (SELECT count(*) FROM ({kept}))", [files]
        ).fetchall()[0]
        if counting < every:
            schema = registers.SCHEMA.append(pa.field("month", pa.string()))
            batches = (batch.cast(schema) for batch in con.sql(kept).to_arrow_reader(65_536))
            change.replace_register_month(month, pa.RecordBatchReader.from_batches(schema, batches))
    return int(every - counting)


def _channels(before: Snapshot, con: ibis.BaseBackend, slots: int, month: str) -> list[ir.Table]:
    first, last = month_of(month), last_of_month(month)
    return [
        before.day_rows(con, slots, channel=channel, first_day=first, last_day=last, quality=True).mutate(
            channel=ibis.literal(channel), month=ibis.literal(month)
        )
        for channel in before.channels(slots)
    ]


def _corrected(before: Snapshot, con: ibis.BaseBackend, slots: int, month: str) -> int:
    files = before.files(CORRECTIONS, slots, month_of(month), last_of_month(month))
    rows = con.read_parquet(files)
    return int(rows.select("channel", "point", "day").distinct().count().to_pyarrow().as_py())
