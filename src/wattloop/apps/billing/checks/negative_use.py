"""Use or an amount below zero."""

from __future__ import annotations

from typing import Literal

from wattloop.apps.billing.checks.check import Check


class NegativeUse(Check):
    """More was taken out than counted, or the bill pays the customer."""

    check: Literal["negative-use"]

    def sql(self, minor: int) -> str:
        """Either of the two."""
        return """
            SELECT bill, abs(amount) AS weight, {'energy_wh': energy_wh, 'amount': amount} AS found
            FROM bills WHERE rated AND (energy_wh < 0 OR amount < 0)"""
