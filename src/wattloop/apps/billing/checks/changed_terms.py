"""Another class, tariff or multiplier than the day before the period: right perhaps, but worth a look."""

from __future__ import annotations

from typing import Literal

from wattloop.apps.billing.checks.check import Check


class ChangedTerms(Check):
    """What the agreement was on the day before the period is not what it is on its last day."""

    check: Literal["changed-terms"]

    def sql(self, minor: int) -> str:
        """Names both; a multiplier of any of its points."""
        return """
            SELECT bill, abs(amount) AS weight,
                   {'tariff': tariff_now, 'tariff_before': tariff_before, 'class': class,
                    'class_before': class_before, 'multiplier': multiplier_now,
                    'multiplier_before': multiplier_before} AS found
            FROM bills WHERE rated AND (tariff_before <> tariff_now OR class_before <> class
                                        OR multiplier_before <> multiplier_now)"""
