"""What checks look at, laid out for DuckDB: the run's bills, its lines, what was used before, what is missing.

| view | columns |
| --- | --- |
| `bills` | `bill, agreement, number, unit, rated, energy_wh, amount, per_wh, days, period_start, usual_amount` |
|         | `billed_before`, what the bill that a correction corrects came to until then, |
|         | `class, tariff_now, capacity_va, multiplier_now`, those `_before` the period, and `since` when it is one |
| `lines` | those of the run, with `bill` |
| `earlier` | `agreement, months_back, month, days, energy_wh, amount`: of bills, else of readings (`amount` null) |
| `short` | `bill, point, what, found, expected`: the library's exceptions |
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum

from wattloop.apps.billing import booking, history
from wattloop.apps.billing.models import Bill, BillRun
from wattloop.apps.customers.models import AgreementVersion, UsagePoint
from wattloop.apps.metering.models import Installation

if TYPE_CHECKING:
    import duckdb

    from wattloop.library.lake.snapshot import Snapshot

_BILLS = """
    CREATE VIEW bills AS
    WITH terms AS (
        SELECT agreement, min(first) AS since,
               max_by(tariff, first) FILTER (first < $end) AS tariff_now,
               max_by(class, first) FILTER (first < $end) AS class_now,
               max_by(capacity_va, first) FILTER (first < $end AND capacity_va IS NOT NULL) AS capacity_va,
               max_by(tariff, first) FILTER (first < $start AND coalesce(last, $start) >= $start - 1) AS tariff_before,
               max_by(class, first) FILTER (first < $start AND coalesce(last, $start) >= $start - 1) AS class_before
        FROM versions GROUP BY agreement),
    hung AS (
        SELECT agreement,
               string_agg(DISTINCT n::VARCHAR, ' ' ORDER BY n::VARCHAR)
                   FILTER (first < $end AND coalesce(last, $end) >= $end - 1) AS multiplier_now,
               string_agg(DISTINCT n::VARCHAR, ' ' ORDER BY n::VARCHAR)
                   FILTER (first < $start AND coalesce(last, $start) >= $start - 1) AS multiplier_before
        FROM installed GROUP BY agreement),
    usual AS (SELECT agreement, CAST(median(amount) AS BIGINT) AS usual_amount FROM earlier WHERE months_back <= 12
              GROUP BY agreement)
    SELECT p.bill, p.agreement, p.number, p.unit, p.state = 'rated' AS rated, coalesce(p.energy_wh, 0) AS energy_wh,
           coalesce(p.amount, 0) AS amount,
           CASE WHEN p.energy_wh <> 0 THEN abs(p.amount / p.energy_wh) ELSE 0 END AS per_wh,
           date_diff('day', $start, $end) AS days, $start AS period_start,
           coalesce(a.class_now, '') AS class, a.class_before, a.tariff_now, a.tariff_before, a.capacity_va, a.since,
           h.multiplier_now, h.multiplier_before, u.usual_amount, coalesce(o.amount, 0) AS billed_before
    FROM planned p LEFT JOIN corrected o USING (agreement) LEFT JOIN terms a USING (agreement)
         LEFT JOIN hung h USING (agreement) LEFT JOIN usual u USING (agreement)"""


def lay_out(con: duckdb.DuckDBPyConnection, run: BillRun, snapshot: Snapshot) -> None:
    """Make the views of a rated run on a connection."""
    _planned(con, run)
    _terms(con, run)
    _earlier(con, run, snapshot)
    _lines(con, run)
    _create(con, _BILLS, run)


def _create(con: duckdb.DuckDBPyConnection, sql: str, run: BillRun) -> None:
    start, end = (f"DATE '{day.isoformat()}'" for day in (run.period_start, run.period_end))
    con.execute(sql.replace("$start", start).replace("$end", end))


def _register(con: duckdb.DuckDBPyConnection, name: str, rows: Any, **types: Any) -> None:
    """Rows of `values_list` as a table of the connection."""
    import pyarrow as pa

    columns = list(zip(*rows.iterator(chunk_size=20_000), strict=True)) or [()] * len(types)
    made = {column: pa.array(told, kind) for (column, kind), told in zip(types.items(), columns, strict=True)}
    con.register(f"_{name}", pa.table(made))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM _{name}")
    con.unregister(f"_{name}")


def _planned(con: duckdb.DuckDBPyConnection, run: BillRun) -> None:
    import pyarrow as pa

    columns = {
        "pk": "bill", "agreement_id": "agreement", "agreement__number": "number", "agreement__unit_id": "unit",
        "state": "state", "energy_wh": "energy_wh", "amount": "amount",
    }  # fmt: skip
    told = Bill.objects.filter(run=run).order_by("pk").values_list(*columns)
    types = {name: pa.string() if name in ("number", "state") else pa.int64() for name in columns.values()}
    _register(con, "planned", told, **types)
    mine = Bill.objects.filter(run=run).values("agreement")
    issued = Bill.objects.filter(state=Bill.State.ISSUED, period_start=run.period_start, agreement__in=mine)
    told = (
        issued.exclude(run=run)
        .order_by()
        .values("agreement_id")
        .annotate(amount=Sum("amount"))
        .values_list("agreement_id", "amount")
    )
    _register(con, "corrected", told, agreement=pa.int64(), amount=pa.int64())


def _terms(con: duckdb.DuckDBPyConnection, run: BillRun) -> None:
    import pyarrow as pa

    mine = Bill.objects.filter(run=run).values("agreement")
    whole, text, day = pa.int64(), pa.string(), pa.date32()
    versions = AgreementVersion.objects.filter(agreement__in=mine, valid_from__lt=run.period_end).order_by()
    told = versions.values_list("agreement_id", "valid_from", "valid_to", "tariff", "customer_class", "capacity_va")
    columns = {"agreement": whole, "first": day, "last": day, "tariff": text, "class": text, "capacity_va": whole}
    _register(con, "versions", told, **columns)
    lasting = Q(valid_to__isnull=True) | Q(valid_to__gte=run.period_start - dt.timedelta(days=1))
    hung = Installation.objects.filter(lasting, point__agreement__in=mine, valid_from__lt=run.period_end).order_by()
    told = hung.values_list("point__agreement_id", "valid_from", "valid_to", "multiplier_thousandths")
    _register(con, "installed", told, agreement=whole, first=day, last=day, n=whole)
    points = UsagePoint.objects.filter(agreement__in=mine, behind__isnull=True).order_by()
    told = points.values_list("agreement_id", "number", "source", "valid_from", "valid_to")
    _register(con, "points", told, agreement=whole, point=text, source=text, first=day, last=day)


def _earlier(con: duckdb.DuckDBPyConnection, run: BillRun, snapshot: Snapshot) -> None:
    con.register("billed", history.billed(run))
    months = history.months_before(run.period_start)
    spans = ", ".join(f"({back}, DATE '{first}', DATE '{end}')" for back, first, end in months)
    con.execute(f"CREATE TABLE months AS SELECT * FROM (VALUES {spans}) m(months_back, month, month_end)")
    con.execute("CREATE TABLE counted (month DATE, point VARCHAR, by_intervals BIGINT, by_registers BIGINT)")
    for _, first, end in months:
        file = history.measured(snapshot, first, end)
        if file is not None:
            con.execute("INSERT INTO counted SELECT CAST(? AS DATE), * FROM read_parquet(?)", [first, str(file)])
    con.execute(
        """CREATE TABLE earlier AS
        WITH issued AS (SELECT b.agreement, m.months_back, m.month, max(date_diff('day', b.start, b."end")) AS days,
                               CAST(sum(b.energy_wh) AS BIGINT) AS energy_wh, CAST(sum(b.amount) AS BIGINT) AS amount
                        FROM billed b JOIN months m ON b.start >= m.month AND b.start < m.month_end GROUP BY ALL),
        told AS (SELECT p.agreement, m.months_back, m.month, date_diff('day', m.month, m.month_end) AS days,
                        CAST(sum(CASE WHEN p.source = 'registers' THEN coalesce(c.by_registers, c.by_intervals)
                                 ELSE coalesce(c.by_intervals, c.by_registers) END) AS BIGINT) AS energy_wh,
                        CAST(NULL AS BIGINT) AS amount
                 FROM points p JOIN counted c USING (point) JOIN months m ON m.month = c.month
                 WHERE coalesce(p.first, m.month) < m.month_end AND coalesce(p.last, m.month) >= m.month GROUP BY ALL)
        SELECT * FROM issued UNION ALL
        SELECT t.* FROM told t ANTI JOIN issued i USING (agreement, months_back) WHERE t.energy_wh IS NOT NULL"""
    )


def _lines(con: duckdb.DuckDBPyConnection, run: BillRun) -> None:
    file = booking.lines_file(run)
    lines, short = (str(path).replace("'", "''") for path in (file, file.with_name("exceptions.parquet")))
    con.execute(
        f"CREATE VIEW lines AS SELECT p.bill, l.* FROM read_parquet('{lines}') l"
        " JOIN planned p ON p.number = l.agreement"
    )
    con.execute(
        f"CREATE VIEW short AS SELECT p.bill, s.point, s.what, s.found, s.expected FROM read_parquet('{short}') s"
        " JOIN planned p ON p.number = s.agreement"
    )
