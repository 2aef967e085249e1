"""A chunk of bills of one tariff: the determinants side by side, ready to be priced."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wattloop.library.rating.lines import Mask, Whole
from wattloop.library.rating.periods import BillPeriod
from wattloop.library.tariffs.compiled import Rounding

DemandKey = tuple[int, int]


def rounded_energy(exact: Whole, rounding: Rounding) -> Whole:
    """Wh in the whole steps that a tariff bills, a half as it says."""
    if rounding.energy == 1:
        return exact
    whole, rest = np.divmod(exact, rounding.energy)
    twice = 2 * rest
    up = twice > rounding.energy
    up |= (twice == rounding.energy) & ((whole % 2 == 1) if rounding.half == "even" else True)
    found: Whole = (whole + up) * rounding.energy
    return found


@dataclass(eq=False)
class Bills:
    """n bills, sorted by agreement and then by period.

    Args:
        number: int32[n], the agreement.
        period: int32[n], index into `periods`.
        periods: the bill periods of the run, history first.
        energy: int64[n, periods], Wh per time-of-use period, rounded as the tariff says.
        energy_exact: the same before that rounding.
        demand: {(calendar, block minutes): int64[n, periods] in W}.
        season: int16[n], the season each bill starts in.
        in_order: int64[n, tiers, periods] Wh, only for tiers that fill in time order.
    """

    number: npt.NDArray[np.int32]
    period: npt.NDArray[np.int32]
    periods: list[BillPeriod]
    energy: Whole
    energy_exact: Whole
    season: npt.NDArray[np.int16]
    demand: dict[DemandKey, Whole] = field(default_factory=dict)
    in_order: Whole | None = None

    @property
    def count(self) -> int:
        """How many bills."""
        return len(self.number)

    def of_period(self, values: list[int]) -> Whole:
        """Spread one integer per bill period over the bills."""
        return np.array(values, np.int64)[self.period]

    @property
    def start(self) -> npt.NDArray[np.datetime64]:
        """First day of each bill."""
        return np.array([np.datetime64(p.start) for p in self.periods])[self.period]

    @property
    def end(self) -> npt.NDArray[np.datetime64]:
        """Day after the last of each bill."""
        return np.array([np.datetime64(p.end) for p in self.periods])[self.period]

    @property
    def wanted(self) -> Mask:
        """Whether each bill was asked for, rather than history."""
        return np.array([p.wanted for p in self.periods])[self.period]

    @property
    def days(self) -> Whole:
        """Days of each bill."""
        return self.of_period([p.days for p in self.periods])

    @property
    def month(self) -> Whole:
        """Calendar month (1-12) each bill starts in."""
        return self.of_period([p.start.month for p in self.periods])

    @property
    def year(self) -> Whole:
        """Calendar year each bill starts in."""
        return self.of_period([p.start.year for p in self.periods])

    def before(self, values: Whole, group: Whole) -> Whole:
        """What the same agreement's earlier bills of the same group add up to.

        Args:
            values: int64[n] or int64[n, k].
            group: int64[n]; counting starts again where it changes.
        """
        fresh = np.ones(self.count, bool)
        fresh[1:] = (self.number[1:] != self.number[:-1]) | (group[1:] != group[:-1])
        running = np.cumsum(values, axis=0) - values
        first = np.maximum.accumulate(np.where(fresh, np.arange(self.count), 0))
        result: Whole = running - running[first]
        return result

    def through(self, values: Whole, group: Whole) -> Whole:
        """As `before`, with the bill's own value added."""
        return self.before(values, group) + values
