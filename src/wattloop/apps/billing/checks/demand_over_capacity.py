"""More power than the agreement's transformers can carry: a wrong multiplier, or more connected than agreed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wattloop.apps.billing.checks.check import Check, Percent


class DemandOverCapacity(Check):
    """The maximum that is billed, or the mean load where none is, is above a share of the agreed capacity."""

    check: Literal["demand-over-capacity"]
    more_than: Percent = Field(alias="more-than")

    def sql(self, minor: int) -> str:
        """kW against kVA: what cannot be even at a power factor of 1."""
        return f"""
            WITH most AS (SELECT bill, max(quantity) * 1000 AS w FROM lines
                          WHERE kind IN ('demand_flat', 'demand_tou') AND unit = 'kW' GROUP BY bill),
            load AS (SELECT b.*, greatest(coalesce(m.w, 0), b.energy_wh / (b.days * 24)) AS w
                     FROM bills b LEFT JOIN most m USING (bill) WHERE b.rated AND b.capacity_va > 0)
            SELECT bill, abs(amount) AS weight,
                   {{'demand_w': CAST(round(w) AS BIGINT), 'capacity_va': capacity_va}} AS found
            FROM load WHERE w * 100 > {self.more_than} * capacity_va"""
