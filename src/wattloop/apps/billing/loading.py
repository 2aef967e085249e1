"""From lines that are booked to bills in the database: summed up by DuckDB, written in chunks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Max

from wattloop.apps.billing.models import Bill, BillRun
from wattloop.apps.records.jobs import Context

CHUNK = 4_000
BREATH = 0.02  # seconds between chunks, so that pages get their turn to write

SUMS = """
    WITH told AS (SELECT *, split_part(clause, '#', 1) AS version FROM read_parquet(?)),
    counted AS (SELECT agreement, point, version, min_by(component, line) AS component
                FROM told WHERE kind = 'energy' GROUP BY ALL),
    used AS (SELECT t.agreement, sum(t.quantity) AS kwh
             FROM told t JOIN counted c ON t.agreement = c.agreement AND t.point IS NOT DISTINCT FROM c.point
                  AND t.version = c.version AND t.component = c.component
             WHERE t.kind = 'energy' GROUP BY t.agreement),
    summed AS (SELECT agreement, sum(amount) AS amount, count(*) AS lines, any_value(currency) AS currency,
                      min_by(split_part(version, '@', 1), line) AS tariff
               FROM told GROUP BY agreement)
    SELECT s.agreement, CAST(s.amount * {minor} AS BIGINT) AS amount,
           CAST(coalesce(u.kwh, 0) * 1000 AS BIGINT) AS energy_wh, s.lines, s.currency, s.tariff
    FROM summed s LEFT JOIN used u USING (agreement)"""
"""What each agreement comes to: its energy is that of the first component of each part, so that a kWh counts once."""


def load(context: Context, run: BillRun, lines: Path, digits: int) -> None:
    """Write what a run's lines come to into its bills; one of which there is no line is held back.

    Done again, it comes to the same.

    Args:
        context: of the job that does it.
        run: a run of bills.
        lines: its line file.
        digits: of the currency's smallest unit.
    """
    import duckdb
    import pyarrow as pa

    bills = Bill.objects.filter(run=run).order_by("pk").values_list("pk", "agreement__number")
    ids, numbers = zip(*bills, strict=True)
    con = duckdb.connect()
    try:
        con.register("planned", pa.table({"id": pa.array(ids, pa.int64()), "agreement": pa.array(numbers)}))
        sums = SUMS.format(minor=10**digits)
        found = con.execute(
            f"SELECT CASE WHEN s.agreement IS NULL THEN 'held' ELSE 'rated' END, s.amount, s.energy_wh, "
            f"coalesce(s.lines, 0), coalesce(s.currency, ''), coalesce(s.tariff, ''), p.id "
            f"FROM planned p LEFT JOIN ({sums}) s USING (agreement) ORDER BY p.id",
            [str(lines)],
        )
        _write(context, found, len(ids))
    finally:
        con.close()


def _write(context: Context, found: Any, total: int) -> None:
    table = connection.ops.quote_name(Bill._meta.db_table)
    sql = (
        f"UPDATE {table} SET state = %s, amount = %s, energy_wh = %s, line_count = %s, currency = %s, tariff = %s"
        " WHERE id = %s AND state <> 'issued'"
    )
    done = 0
    for rows in _chunks(found):
        with context.transaction(), connection.cursor() as cursor:
            cursor.executemany(sql, rows)
        done += len(rows)
        rest(context, done, total, "bills")


def load_differences(context: Context, run: BillRun, lines: Path, digits: int) -> None:
    """Make the bills of a correction: one for each issued bill that its lines correct, next in sequence.

    Done again, it comes to the same. Lines of agreements that have no issued bill correct nobody: those are
    billed by another run.
    """
    import duckdb
    import pyarrow as pa

    first = Bill.objects.filter(run=run.corrects, state=Bill.State.ISSUED)
    ids, numbers = zip(*first.order_by("pk").values_list("agreement_id", "agreement__number"), strict=True)
    con = duckdb.connect()
    try:
        con.register("issued", pa.table({"id": pa.array(ids, pa.int64()), "agreement": pa.array(numbers)}))
        found = con.execute(
            f"SELECT i.id, s.amount, s.energy_wh, s.lines, s.currency, s.tariff"
            f" FROM issued i JOIN ({SUMS.format(minor=10**digits)}) s USING (agreement) ORDER BY i.id",
            [str(lines)],
        ).fetchall()
    finally:
        con.close()
    with context.transaction():
        Bill.objects.filter(run=run).exclude(state=Bill.State.ISSUED).delete()
    for at in range(0, len(found), CHUNK):
        rows = found[at : at + CHUNK]
        with context.transaction():
            _make(run, rows)
        rest(context, min(at + CHUNK, len(found)), len(found), "bills")


def _make(run: BillRun, rows: list[Any]) -> None:
    newest = dict(
        Bill.objects.filter(agreement__in=[row[0] for row in rows], period_start=run.period_start)
        .exclude(run=run)
        .values_list("agreement")
        .annotate(Max("sequence"))
    )
    Bill.objects.bulk_create(
        [
            Bill(
                run=run, agreement_id=agreement, period_start=run.period_start, period_end=run.period_end,
                sequence=newest[agreement] + 1, state=Bill.State.RATED, amount=amount, energy_wh=energy,
                line_count=lines, currency=currency, tariff=tariff,
            )
            for agreement, amount, energy, lines, currency, tariff in rows
        ],
        batch_size=1_000,
    )  # fmt: skip


def rest(context: Context, done: int, total: int, step: str) -> None:
    """Tell how far it is, stop where the job is to stop, and let others write."""
    context.progress(done, total, step)
    context.check()
    time.sleep(BREATH)


def _chunks(found: Any) -> Iterator[list[Any]]:
    while rows := found.fetchmany(CHUNK):
        yield rows
