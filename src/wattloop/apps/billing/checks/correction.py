"""A correction that is large, by itself or beside the bill that it corrects."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from wattloop.apps.billing.checks.check import Check, Number, Percent


class Correction(Check):
    """Its difference is above an amount of the currency, or above a share of what was billed before; either is enough.

    It looks at corrections alone, whatever their sign.
    """

    check: Literal["correction"]
    amount_above: Number | None = Field(default=None, alias="amount-above")
    share_above: Percent | None = Field(default=None, alias="share-above")
    at_least: Number = Field(default=Number(0), alias="at-least")

    of_corrections: ClassVar[bool] = True

    def sql(self, minor: int) -> str:
        """What was billed before is the bill with all its corrections until then."""
        beyond = ["false"]
        if self.amount_above is not None:
            beyond.append(f"abs(amount) > {self.amount_above * minor}")
        if self.share_above is not None:
            beyond.append(f"abs(amount) * 100 > {self.share_above} * abs(billed_before)")
        return f"""
            SELECT bill, abs(amount) AS weight, {{'amount': amount, 'billed_before': billed_before}} AS found
            FROM bills WHERE rated AND abs(amount) >= {self.at_least * minor} AND ({" OR ".join(beyond)})"""
