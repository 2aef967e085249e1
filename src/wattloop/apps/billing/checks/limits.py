"""Amounts beyond a limit: of a bill, or by the kilowatt-hour."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wattloop.apps.billing.checks.check import Check, Number


class Limits(Check):
    """Above an amount of the currency, or above or below a price a kWh; what is not told has no limit."""

    check: Literal["limits"]
    amount_above: Number | None = Field(default=None, alias="amount-above")
    price_above: Number | None = Field(default=None, alias="price-above")
    price_below: Number | None = Field(default=None, alias="price-below")

    def sql(self, minor: int) -> str:
        """Amounts by their size, whatever their sign."""
        beyond = ["false"]
        if self.amount_above is not None:
            beyond.append(f"abs(amount) > {self.amount_above * minor}")
        if self.price_above is not None:
            beyond.append(f"(energy_wh > 0 AND amount * 1000 > {self.price_above * minor} * energy_wh)")
        if self.price_below is not None:
            beyond.append(f"(energy_wh > 0 AND amount * 1000 < {self.price_below * minor} * energy_wh)")
        return f"""
            SELECT bill, abs(amount) AS weight, {{'amount': amount, 'energy_wh': energy_wh}} AS found
            FROM bills WHERE rated AND ({" OR ".join(beyond)})"""
