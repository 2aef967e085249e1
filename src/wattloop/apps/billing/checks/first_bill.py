"""The first bill of a new agreement."""

from __future__ import annotations

from typing import Literal

from wattloop.apps.billing.checks.check import Check


class FirstBill(Check):
    """The agreement began in this period."""

    check: Literal["first-bill"]

    def sql(self, minor: int) -> str:
        """By the first day of its first version."""
        return """
            SELECT bill, abs(amount) AS weight, {'since': CAST(since AS VARCHAR)} AS found
            FROM bills WHERE rated AND since >= period_start"""
