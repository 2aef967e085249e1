"""Readings that are missing: the bill counts what there is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wattloop.apps.billing.checks.check import Check, Percent


class Coverage(Check):
    """Less than a share of the readings, or of the days of registers, that the period should have."""

    check: Literal["coverage"]
    less_than: Percent = Field(alias="less-than")

    def sql(self, minor: int) -> str:
        """Counted over all points of the agreement."""
        return f"""
            SELECT b.bill, abs(b.amount) AS weight,
                   {{'readings': CAST(sum(s.found) AS BIGINT), 'expected': CAST(sum(s.expected) AS BIGINT)}} AS found
            FROM bills b JOIN short s USING (bill)
            WHERE b.rated AND s.what IN ('incomplete readings', 'incomplete registers', 'no readings')
            GROUP BY b.bill, b.amount HAVING sum(s.found) * 100 < sum(s.expected) * {self.less_than}"""
