"""Held back when it was rated: a quantity is missing, or there are no readings at all."""

from __future__ import annotations

from typing import Literal

from wattloop.apps.billing.checks.check import Check


class Held(Check):
    """No line could be made of it. Nobody can accept that: it is mended and rated again, or left for another run."""

    check: Literal["held"] = "held"
    severity: Literal["block", "warn"] = "block"

    def sql(self, minor: int) -> str:
        """The library's reasons; `no lines` where it gave none."""
        return """
            SELECT b.bill, coalesce(abs(b.usual_amount), 0) AS weight,
                   {'why': coalesce(string_agg(DISTINCT s.what, '; ' ORDER BY s.what), 'no lines'),
                    'points': coalesce(string_agg(DISTINCT s.point, ' '), '')} AS found
            FROM bills b LEFT JOIN short s ON s.bill = b.bill AND s.what NOT LIKE 'incomplete%'
            WHERE NOT b.rated GROUP BY ALL"""
