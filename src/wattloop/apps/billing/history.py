"""What agreements used in the months before: from their bills, and from the lake for months that nobody billed here.

The lake's sums are made once for each content of a month and kept in `WATTLOOP_HOME/history`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from wattloop.apps.billing.models import Bill, BillRun

if TYPE_CHECKING:
    from wattloop.library.lake.snapshot import Snapshot

MONTHS = 18
"""How many are looked back on: a season's usual course needs the half-year before the same month of last year."""


def months_before(start: dt.date, count: int = MONTHS) -> list[tuple[int, dt.date, dt.date]]:
    """How many months back, first day and the day after the last of the months before a period, the nearest first."""
    found, end = [], start.replace(day=1)
    for back in range(1, count + 1):
        first = (end - dt.timedelta(days=1)).replace(day=1)
        found.append((back, first, end))
        end = first
    return found


def billed(run: BillRun) -> Any:
    """Arrow `agreement, start, days, energy_wh, amount` of what was issued to a run's agreements in months before.

    Corrections are added to the bills they correct.
    """
    import pyarrow as pa

    first = months_before(run.period_start)[-1][1]
    rows = Bill.objects.filter(
        state=Bill.State.ISSUED, period_start__gte=first, period_start__lt=run.period_start,
        agreement__in=Bill.objects.filter(run=run).values("agreement"),
    )  # fmt: skip
    told = rows.order_by().values_list("agreement_id", "period_start", "period_end", "energy_wh", "amount")
    columns = list(zip(*told.iterator(chunk_size=20_000), strict=True)) or [()] * 5
    agreement, start, end, energy, amount = columns
    return pa.table(
        {
            "agreement": pa.array(agreement, pa.int64()),
            "start": pa.array(start, pa.date32()),
            "end": pa.array(end, pa.date32()),
            "energy_wh": pa.array(energy, pa.int64()),
            "amount": pa.array(amount, pa.int64()),
        }
    )


def measured(snapshot: Snapshot, first: dt.date, end: dt.date) -> Path | None:
    """A file of what each point counted in a month: `point, by_intervals, by_registers` in Wh, null where nothing.

    Args:
        snapshot: of the lake.
        first: of the month.
        end: the day after the last.

    Returns:
        None where the lake holds nothing of the month.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    last = end - dt.timedelta(days=1)
    slots = snapshot.slot_counts()
    registers = snapshot.register_files(first, last)
    files = [f for s in slots for kind in ("intervals", "corrections") for f in snapshot.files(kind, s, first, last)]
    if not files and not registers:
        return None
    key = hashlib.blake2b("\n".join(sorted([*files, *registers])).encode(), digest_size=12).hexdigest()
    kept = Path(settings.HOME) / "history" / f"{first:%Y-%m}-{key}.parquet"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        table: pa.Table = _summed(snapshot, slots, first, last)
        partial = kept.with_name(f".{kept.name}.partial")
        pq.write_table(table, partial)
        partial.replace(kept)
    return kept


def _summed(snapshot: Snapshot, slots: list[int], first: dt.date, last: dt.date) -> Any:
    import duckdb
    import ibis
    import pyarrow as pa

    from wattloop.library.quantity.dayrows import slot_names

    engine = ibis.duckdb.connect()
    try:
        sums = []
        for count in slots:
            rows = snapshot.day_rows(engine, count, first_day=first, last_day=last)
            names = slot_names(count)
            use = sum((rows[name].cast("int64") for name in names[1:]), rows[names[0]].cast("int64"))
            sums.append(rows.group_by("point").aggregate(wh=use.sum().cast("int64")).to_pyarrow())
    finally:
        engine.disconnect()
    con = duckdb.connect()
    try:
        none = pa.table({"point": pa.array([], pa.string()), "wh": pa.array([], pa.int64())})
        con.register("intervals", pa.concat_tables([none, *(one.cast(none.schema) for one in sums)]))
        con.register("registers", snapshot.registers(first, last))
        return con.sql(
            """WITH i AS (SELECT point, CAST(sum(wh) AS BIGINT) AS by_intervals FROM intervals GROUP BY point),
               r AS (SELECT point, CAST(sum(quantity) AS BIGINT) AS by_registers FROM registers
                     WHERE register = 'active_in' AND "to" > $first AND "to" <= $last + 1 GROUP BY point)
               SELECT point, by_intervals, by_registers FROM i FULL JOIN r USING (point) ORDER BY point""",
            params={"first": first, "last": last},
        ).to_arrow_table()
    finally:
        con.close()


_OF_POINTS = """SELECT sum(coalesce(by_intervals, by_registers)) FROM read_parquet(?)
    WHERE point IN (SELECT unnest(?))"""


def counted(bill: Bill, months: int) -> list[tuple[dt.date, int]]:
    """First day and Wh of months before a bill's by the readings of its points, where checks have summed them."""
    import duckdb

    points = list(bill.agreement.points.filter(behind__isnull=True).values_list("number", flat=True))
    folder = Path(settings.HOME) / "history"
    found = []
    con = duckdb.connect()
    try:
        for _back, first, _end in months_before(bill.period_start, months):
            files = sorted(folder.glob(f"{first:%Y-%m}-*.parquet"), key=lambda file: file.stat().st_mtime)
            if files:
                row = con.execute(_OF_POINTS, [str(files[-1]), points]).fetchone()
                found += [(first, int(row[0]))] if row and row[0] is not None else []
    finally:
        con.close()
    return found
