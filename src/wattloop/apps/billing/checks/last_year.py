"""Use against the same month of the year before, by the day."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wattloop.apps.billing.checks.check import Check, Energy, Percent


class LastYear(Check):
    """It differs by more than a share of what it was, and by more than so much energy."""

    check: Literal["last-year"]
    more_than: Percent = Field(alias="more-than")
    at_least: Energy = Field(alias="at-least")

    def sql(self, minor: int) -> str:
        """By the day, so that a leap day or a month cut short is no difference; of nothing, any use is more."""
        return f"""
            SELECT b.bill, b.per_wh * abs(b.energy_wh - e.energy_wh * b.days / e.days) AS weight,
                   {{'energy_wh': b.energy_wh, 'before_wh': e.energy_wh, 'month': CAST(e.month AS VARCHAR)}} AS found
            FROM bills b JOIN earlier e ON e.agreement = b.agreement AND e.months_back = 12
            WHERE b.rated AND abs(b.energy_wh * e.days - e.energy_wh * b.days) * 100
                              > {self.more_than} * abs(e.energy_wh) * b.days
                  AND abs(b.energy_wh * e.days - e.energy_wh * b.days) >= {self.at_least} * e.days"""
