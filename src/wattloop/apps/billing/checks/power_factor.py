"""A power-factor adjustment (力调电费) beyond what is usual: reactive readings may be missing or crossed."""

from __future__ import annotations

from typing import Literal

from wattloop.apps.billing.checks.check import Check, Percent


class PowerFactor(Check):
    """The adjustment adds more than a share."""

    check: Literal["power-factor"]
    above: Percent

    def sql(self, minor: int) -> str:
        """By the largest share among the bill's segments."""
        return f"""
            SELECT b.bill, CAST(sum(abs(l.amount)) * {minor} AS BIGINT) AS weight,
                   {{'percent': CAST(max(l.price) * 100 AS DECIMAL(9, 2))::VARCHAR}} AS found
            FROM bills b JOIN lines l USING (bill) WHERE l.kind = 'power_factor'
            GROUP BY b.bill HAVING max(l.price) * 100 > {self.above}"""
