"""Use against the months before, by robust statistics: one odd month among them moves neither median nor spread."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wattloop.apps.billing.checks.check import Check, Count, Energy, Number, Percent


class MonthsBefore(Check):
    """It lies more than `spreads` of the usual spread from the median of the `months` before.

    By the day. The spread is 1.4826 times the median absolute deviation, and no less than `spread-at-least` of
    the median: with one month to go by, or with months all alike, there is none. Where the year before is
    known, the median moves with the season: by this month's share of the median of the months before it then.
    """

    check: Literal["months-before"]
    months: Count = 6
    spreads: Number
    spread_at_least: Percent = Field(alias="spread-at-least")
    at_least: Energy = Field(alias="at-least")

    def sql(self, minor: int) -> str:
        """Months without any reading do not count; without one that does, nothing is said."""
        return f"""
            WITH daily AS (SELECT agreement, months_back, energy_wh / days AS use FROM earlier),
            usual AS (SELECT agreement, median(use) AS middle, count(*) AS months,
                             1.4826 * median(abs(use - m)) AS spread
                      FROM (SELECT *, median(use) OVER (PARTITION BY agreement) AS m FROM daily
                            WHERE months_back <= {self.months}) GROUP BY agreement),
            before AS (SELECT agreement, median(use) AS middle FROM daily
                       WHERE months_back BETWEEN 13 AND 12 + {self.months} GROUP BY agreement),
            season AS (SELECT d.agreement, CASE WHEN p.middle > 0 AND d.use >= 0
                              THEN least(greatest(d.use / p.middle, 0.25), 4) ELSE 1 END AS factor
                       FROM daily d JOIN before p USING (agreement) WHERE d.months_back = 12),
            judged AS (SELECT b.*, u.months, u.middle * coalesce(s.factor, 1) AS middle,
                              greatest(u.spread * coalesce(s.factor, 1),
                                       abs(u.middle) * coalesce(s.factor, 1) * {self.spread_at_least} / 100) AS spread
                       FROM bills b JOIN usual u USING (agreement) LEFT JOIN season s USING (agreement)
                       WHERE b.rated)
            SELECT bill, per_wh * abs(energy_wh - middle * days) AS weight,
                   {{'energy_wh': energy_wh, 'usual_wh': CAST(round(middle * days) AS BIGINT),
                    'spread_wh': CAST(round(spread * days) AS BIGINT), 'months': months}} AS found
            FROM judged WHERE abs(energy_wh - middle * days) > {self.spreads} * spread * days
                              AND abs(energy_wh - middle * days) >= {self.at_least}"""
