"""Bill lines as people read them: totals of a run, the largest bills, one bill in full."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from wattloop.library.quantity.refusal import Refused


class Bills:
    """The lines of a run, asked questions by SQL.

    Args:
        lines: an Arrow table or a Parquet file of lines.
    """

    def __init__(self, lines: pa.Table | Path | str) -> None:
        self.con = duckdb.connect()
        if isinstance(lines, pa.Table):
            self.con.register("given", lines)
            source = "given"
        else:
            source = "read_parquet('" + str(lines).replace("'", "''") + "')"
        self.con.execute(f"CREATE VIEW lines AS SELECT *, split_part(clause, '#', 1) AS tariff FROM {source}")

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query over `lines`."""
        found: list[tuple[Any, ...]] = self.con.execute(sql, list(values)).fetchall()
        return found

    def by_tariff(self) -> list[tuple[str, int, Decimal, Decimal, str]]:
        """Tariff, bills, kWh of the first energy component, amount and currency, largest amount first."""
        return self.ask(
            """WITH first AS (SELECT tariff, min_by(component, line) AS component FROM lines
                              WHERE kind = 'energy' GROUP BY tariff)
               SELECT l.tariff, count(*) FILTER (line = 1), coalesce(sum(quantity) FILTER (l.kind = 'energy'
                      AND l.component = f.component), 0), sum(amount), any_value(currency)
               FROM lines l LEFT JOIN first f USING (tariff) GROUP BY l.tariff ORDER BY 4 DESC"""
        )

    def by_kind(self) -> list[tuple[str, int, Decimal, str]]:
        """Kind, lines, amount and currency."""
        return self.ask("SELECT kind, count(*), sum(amount), currency FROM lines GROUP BY ALL ORDER BY 3 DESC")

    def largest(self, count: int = 10) -> list[tuple[str, Any, str, Decimal, str]]:
        """Agreement, start of the bill, tariff, amount and currency of the largest bills."""
        return self.ask(
            """SELECT agreement, period_start, any_value(tariff), sum(amount) AS total, any_value(currency)
               FROM lines GROUP BY agreement, period_start ORDER BY total DESC, agreement LIMIT ?""",
            count,
        )

    def lines_of(self, agreement: str) -> list[dict[str, Any]]:
        """The lines of one agreement, bill by bill.

        Raises:
            Refused: where it has none.
        """
        found = self.con.sql(
            "SELECT * FROM lines WHERE agreement = ? ORDER BY period_start, line", params=[agreement]
        ).to_arrow_table()
        if not len(found):
            raise Refused(f"there is no bill of {agreement}", "Check the agreement's number.")
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows

    def write_csv(self, path: str) -> None:
        """All lines as CSV, sorted as they are billed."""
        partial = Path(f"{path}.partial")
        try:
            self.con.execute(
                "COPY (SELECT * EXCLUDE tariff FROM lines ORDER BY agreement, period_start, line) TO '"
                + str(partial).replace("'", "''")
                + "' (HEADER)"
            )
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
