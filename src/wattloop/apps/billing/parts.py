"""What of a bill's amount goes to which ledger account: summed from its lines, to the smallest unit.

A tax contained in the prices is taken out of what was charged, in proportion; so the parts add up to the amount.
"""

from __future__ import annotations

from pathlib import Path

from wattloop.apps.billing.models import Bill, BillRun
from wattloop.apps.enterprise import queries as enterprise

_SUMS = """
    WITH told AS (
        SELECT p.id, l.kind = 'tax' AS tax,
               CASE WHEN l.kind = 'tax' THEN $tax ELSE coalesce(c.account, k.account, $otherwise) END AS account,
               CAST(l.amount * {minor} AS BIGINT) AS amount,
               CASE WHEN l.kind = 'tax' AND l.unit LIKE '% included'
                    THEN CAST(l.quantity * {minor} AS BIGINT) END AS inside
        FROM read_parquet($lines) l JOIN planned p USING (agreement)
             LEFT JOIN components c ON c.name = l.component LEFT JOIN kinds k ON k.name = l.kind)
    SELECT id, account, tax, CAST(sum(amount) AS BIGINT) AS amount, CAST(coalesce(sum(inside), 0) AS BIGINT) AS inside
    FROM told GROUP BY ALL ORDER BY id, tax, account"""


class Parts:
    """The parts of a run's bills, asked for by the chunk.

    Args:
        run: rated.
        lines: its line file.
    """

    def __init__(self, run: BillRun, lines: Path) -> None:
        import duckdb
        import pyarrow as pa

        rules = enterprise.rule("billing.issue", run.issued_on).accounts
        bills = Bill.objects.filter(run=run).order_by("pk").values_list("pk", "agreement__number")
        ids, numbers = zip(*bills, strict=True)
        con = duckdb.connect()
        try:
            con.register("planned", pa.table({"id": pa.array(ids, pa.int64()), "agreement": pa.array(numbers)}))
            for name, told in (("components", rules.by_component), ("kinds", rules.by_kind)):
                columns = {"name": pa.array(list(told), pa.string()), "account": pa.array(told.values(), pa.string())}
                con.register(name, pa.table(columns))
            sums = _SUMS.format(minor=10 ** enterprise.settings().minor_digits)
            values = {"tax": rules.tax, "otherwise": rules.otherwise, "lines": str(lines)}
            self._rows = con.sql(sums, params=values).to_arrow_table()
        finally:
            con.close()
        self._ids = self._rows["id"].to_numpy()

    def of(self, bills: list[int]) -> dict[int, dict[str, int]]:
        """{bill: {account: amount}}, without accounts to which nothing goes; bills ascending."""
        import numpy as np

        low = int(np.searchsorted(self._ids, bills[0]))
        high = int(np.searchsorted(self._ids, bills[-1], side="right"))
        columns = [self._rows[name].slice(low, high - low).to_pylist() for name in self._rows.column_names]
        found: dict[int, _Split] = {bill: _Split() for bill in bills}
        for bill, account, tax, amount, inside in zip(*columns, strict=True):
            if bill in found:
                found[bill].add(account, amount, inside, tax=tax)
        return {bill: split.parts() for bill, split in found.items()}


class _Split:
    __slots__ = ("charged", "inside", "tax", "taxes")

    def __init__(self) -> None:
        self.charged: dict[str, int] = {}
        self.taxes: dict[str, int] = {}
        self.inside = 0
        self.tax = ""

    def add(self, account: str, amount: int, inside: int, *, tax: bool) -> None:
        into = self.taxes if tax else self.charged
        into[account] = into.get(account, 0) + amount
        if tax:
            self.inside += inside
            self.tax = account

    def parts(self) -> dict[str, int]:
        found = dict(self.charged)
        for account, amount in _shares(self.inside, self.charged).items():
            found[account] -= amount
            self.taxes[self.tax] = self.taxes.get(self.tax, 0) + amount
        for account, amount in self.taxes.items():
            found[account] = found.get(account, 0) + amount
        return {account: amount for account, amount in found.items() if amount}


def _shares(total: int, charged: dict[str, int]) -> dict[str, int]:
    """A total in proportion to what was charged, in whole units that add up; the largest account bears the rest."""
    of = sum(charged.values())
    if not total or not of:
        return {}
    shares = {account: total * amount // of for account, amount in charged.items()}
    largest = max(charged, key=lambda account: abs(charged[account]))
    shares[largest] += total - sum(shares.values())
    return shares
