"""No use at all, this month or for several in a row."""

from __future__ import annotations

from typing import Literal

from wattloop.apps.billing.checks.check import Check, Count


class ZeroUse(Check):
    """Nothing was used in this period and the months just before, `months` in all; with 1, only after some use."""

    check: Literal["zero-use"]
    months: Count = 1

    def sql(self, minor: int) -> str:
        """A month of which nothing is known is not a month without use."""
        before = (
            "coalesce(z.used, 0) > 0" if self.months == 1 else f"z.known = {self.months - 1} AND z.used = 0"
        )  # fmt: skip
        back = max(self.months - 1, 12 if self.months == 1 else 1)
        return f"""
            WITH z AS (SELECT agreement, count(*) AS known, count(*) FILTER (energy_wh <> 0) AS used,
                              CAST(median(energy_wh) AS BIGINT) AS usual
                       FROM earlier WHERE months_back <= {back} GROUP BY agreement)
            SELECT b.bill, coalesce(abs(b.usual_amount), 0) AS weight,
                   {{'months': {self.months}, 'usual_wh': z.usual}} AS found
            FROM bills b JOIN z USING (agreement) WHERE b.rated AND b.energy_wh = 0 AND {before}"""
