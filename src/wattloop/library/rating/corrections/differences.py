"""What is booked against what should be: the difference as lines that name the bill they correct.

A line is known by its agreement, point, bill, segment, kind, component, time of use and tier. Where
its price is what it was, one line says by how much quantity and amount differ; where the
price is another, what was booked is reversed and the new line stands beside it.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from wattloop.library.rating.charges.lines import schema

BILL = ("agreement", "period_start", "period_end")
IDENTITY = (*BILL, "point", "segment_start", "kind", "component", "tou", "tier")
"""What a line is known by from one run to the next."""

_PRICED = (*IDENTITY, "unit", "price", "currency")
CORRECTS = pa.field("corrects", pa.string())


def correction_schema(money_digits: int) -> pa.Schema:
    """Lines as `lines.schema`, with `corrects`: the bill and the run that a line corrects, null in a new bill."""
    return schema(money_digits).append(CORRECTS)


def differences(
    con: duckdb.DuckDBPyConnection, booked: list[tuple[int, str]], names: pa.Array, held: pa.Table, now: pa.Table
) -> pa.Table:
    """Lines that make what is booked what it should be.

    Args:
        con: an engine to look with.
        booked: number and line file of each run.
        names: string, the agreements rated again or gone.
        held: as `exceptions.SCHEMA`, their bills that are held back now: what is booked of their days stays.
        now: their lines as they should be, as `lines.schema`.

    Returns:
        Arrow table as `correction_schema`; empty where nothing differs.
    """
    kept = [pq.read_schema(file) for _, file in booked]
    digits = max(lines.field("amount").type.scale for lines in (now.schema, *kept))
    con.register("names", pa.table({"agreement": names}))
    con.register("held", held)
    con.register("now", now)
    columns = ", ".join(schema(digits).names)
    runs = [
        f"SELECT {columns}, {number} AS run FROM read_parquet('{file.replace(chr(39), chr(39) * 2)}')"
        for number, file in booked
    ]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE booked AS SELECT * FROM ({' UNION ALL '.join(runs)})"
        " WHERE agreement IN (SELECT agreement FROM names)"
    )
    return con.sql(_difference(digits)).to_arrow_table().cast(correction_schema(digits))


_OVERLAP = "h.agreement = b.agreement AND h.period_start < b.period_end AND h.period_end > b.period_start"
"""Whether a bill held back now (h) and one that is booked (b) are of the same days: terms may begin elsewhere now."""


def that_are_booked(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Of the bills held back that `differences` was given last, those of whose days lines are booked."""
    return con.sql(f"SELECT * FROM held h SEMI JOIN booked b ON {_OVERLAP}").to_arrow_table()


def _difference(digits: int) -> str:
    shown = [n for n in schema(digits).names if n not in (*_PRICED, "quantity", "amount", "line")]
    newest = ", ".join(f"arg_max({n}, run) AS {n}" for n in shown)
    priced, bill = ", ".join(_PRICED), ", ".join(BILL)
    order = "agreement, period_start, period_end, segment_start, run = 2147483647, place"
    return f"""
    WITH every AS (
        SELECT * EXCLUDE (line), line AS place, -1 AS sign FROM booked
        UNION ALL BY NAME SELECT * EXCLUDE (line), line AS place, 1 AS sign, 2147483647 AS run FROM now
    ),
    standing AS (SELECT * FROM every b ANTI JOIN held h ON {_OVERLAP}),
    summed AS (
        SELECT {priced}, {newest}, max(run) AS run, arg_max(place, run) AS place,
               sum(sign * quantity) AS quantity, sum(sign * amount) AS amount
        FROM standing GROUP BY {priced}
    ),
    latest AS (SELECT {bill}, max(run) AS run FROM booked GROUP BY {bill}),
    different AS (
        SELECT s.*, CASE WHEN l.run IS NOT NULL THEN
               s.agreement || '@' || s.period_start || '..' || (s.period_end - 1) || '#' || l.run END AS corrects
        FROM summed s LEFT JOIN latest l USING ({bill}) WHERE s.quantity <> 0 OR s.amount <> 0
    )
    SELECT {
        ", ".join(
            n if n != "line" else f"(row_number() OVER (PARTITION BY {bill} ORDER BY {order}))::INT AS line"
            for n in schema(digits).names
        )
    }, corrects
    FROM different ORDER BY {order}
    """
