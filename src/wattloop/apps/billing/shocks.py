"""The list of bill shocks: the largest rises of a run against the same month of last year, else the month before."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattloop.apps.billing import booking, history
from wattloop.apps.billing.loading import rest
from wattloop.apps.billing.models import Bill, BillRun, Shock
from wattloop.apps.billing.splitting import Line, Split, split
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.records.jobs import Context

if TYPE_CHECKING:
    import duckdb

_COLUMNS = "agreement, kind, component, tou, tier, quantity, unit, price, amount"
_LARGEST = """
    WITH earlier AS (SELECT agreement, start, CAST(sum(amount) AS BIGINT) AS amount FROM billed
                  WHERE start IN ($last_year, $last_month) GROUP BY ALL),
    one AS (SELECT agreement, arg_min(amount, start) AS amount, min(start) AS start FROM earlier GROUP BY agreement)
    SELECT p.bill, p.agreement, p.number, p.amount - o.amount AS rise, o.amount, o.start
    FROM planned p JOIN one o USING (agreement) WHERE p.amount - o.amount >= $least
    ORDER BY rise DESC, p.bill LIMIT $most"""


def find(context: Context, run: BillRun) -> None:
    """Write a rated run's list; done again, it comes to the same. A correction has none: it is a difference itself."""
    made: list[Shock] = []
    if run.kind == BillRun.Kind.ORIGINAL:
        import duckdb

        con = duckdb.connect()
        try:
            made = _found(con, run)
        finally:
            con.close()
    with context.transaction():
        Shock.objects.filter(bill__run=run).delete()
        Shock.objects.bulk_create(made, batch_size=500)
    rest(context, len(made), len(made), "shocks")


def _found(con: duckdb.DuckDBPyConnection, run: BillRun) -> list[Shock]:
    largest = _largest(con, run)
    if not largest:
        return []
    minor = 10 ** enterprise.settings().minor_digits
    now = _lines(con, [booking.lines_file(run)], {row[2] for row in largest}, minor)
    before: dict[str, list[Line]] = {}
    for start in {row[5] for row in largest}:
        numbers = {row[2] for row in largest if row[5] == start}
        before |= _lines(con, _files(run, start, [row[1] for row in largest if row[5] == start]), numbers, minor)
    made = []
    for bill, _, number, rise, amount, start in largest:
        parts = split(now.get(number, []), before.get(number, []))
        if parts.rise != rise:  # its lines of then are no longer there, or not all
            parts = Split(other=rise)
        made.append(Shock(bill_id=bill, before=amount, before_start=start, rise=rise, **vars(parts)))
    return made


def _largest(con: duckdb.DuckDBPyConnection, run: BillRun) -> list[Any]:
    import pyarrow as pa

    rules = enterprise.rule("billing.checks", run.period_end).shocks
    rated = Bill.objects.filter(run=run, state=Bill.State.RATED)
    rows = rated.values_list("pk", "agreement_id", "agreement__number", "amount")
    columns = list(zip(*rows, strict=True)) or [()] * 4
    kinds = {"bill": pa.int64(), "agreement": pa.int64(), "number": pa.string(), "amount": pa.int64()}
    con.register("planned", pa.table({n: pa.array(c, t) for (n, t), c in zip(kinds.items(), columns, strict=True)}))
    con.register("billed", history.billed(run))
    start = run.period_start
    values = {
        "last_year": _year_before(start),
        "last_month": (start - dt.timedelta(days=1)).replace(day=1),
        "least": rules.at_least * 10 ** enterprise.settings().minor_digits,
        "most": rules.most,
    }
    found: list[Any] = con.execute(_LARGEST, values).fetchall()
    return found


def _year_before(day: dt.date) -> dt.date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def _files(run: BillRun, start: dt.date, agreements: list[int]) -> list[Path]:
    """The lines of all bills of some agreements and a period's first day, corrections among them."""
    bills = Bill.objects.filter(agreement__in=agreements, period_start=start, state=Bill.State.ISSUED)
    runs = BillRun.objects.filter(pk__in=bills.values("run"))
    return [file for file in (booking.lines_file(one) for one in runs) if file.exists()]


def _lines(con: duckdb.DuckDBPyConnection, files: list[Path], numbers: set[str], minor: int) -> dict[str, list[Line]]:
    import pyarrow as pa

    con.register("wanted", pa.table({"agreement": pa.array(sorted(numbers), pa.string())}))
    found: dict[str, list[Line]] = defaultdict(list)
    for file in files:
        rows = con.execute(f"SELECT {_COLUMNS} FROM read_parquet(?) SEMI JOIN wanted USING (agreement)", [str(file)])
        for number, kind, component, tou, tier, quantity, unit, price, amount in rows.fetchall():
            line = Line(kind, component, tou, tier, quantity, unit, price * Decimal(minor), int(amount * minor))
            found[number].append(line if unit == "kWh" else _plain(line, price, minor))
    return dict(found)


def _plain(line: Line, rate: Decimal, minor: int) -> Line:
    """A share's price is a rate, and its quantity money: `rate × quantity` is in the smallest unit when that is."""
    return Line(line.kind, line.component, line.tou, line.tier, line.quantity * minor, line.unit, rate, line.amount)
