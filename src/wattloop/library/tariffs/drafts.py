"""A component of the energy price while it is compiled: first one row of prices, then one for each tier."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from wattloop.library.tariffs.compiled import Component, Kind
from wattloop.library.tariffs.problems import Path

PER_KWH = (("kWh",),)
ENERGY = "energy"


@dataclass
class Draft:
    """A component on its way: prices per tier and cell."""

    name: str
    kind: Kind
    path: Path
    rows: list[list[Decimal]]
    by_period: bool
    labels: dict[str, str] = field(default_factory=dict)
    by_tier: bool = False
    counts_as: Kind | None = None
    source: dict[str, str] = field(default_factory=dict)

    def component(self, clause: str) -> Component:
        """The finished component; axes on which it does not depend have length one."""
        rows = self.rows if self.by_tier else self.rows[:1]
        prices = tuple(tuple(row if self.by_period else row[:1]) for row in rows)
        by_tier, by_period = self.by_tier, self.by_period
        return Component(
            self.name, self.kind, prices, by_tier, by_period, clause, self.labels, self.counts_as, self.source
        )
