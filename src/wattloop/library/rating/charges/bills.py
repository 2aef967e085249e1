"""A chunk of bills of one tariff: the determinants side by side, ready to be priced.

A row is a *segment*: a bill, or one of its pieces where something changed inside it. Rows of
one bill under the tariff priced are a *pool*: what a change leaves alone comes to the same
whether the bill is cut or not, because a row gets the difference of rounded running totals.

Example: 100.4 kWh before and 100.4 after a change of owner are 100 and 101 kWh, which are the
201 of the uncut bill; at 0.617 they are 61.70 and 62.32, together its 124.02.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.exact import narrow, wide
from wattloop.library.quantity.grouping import groups
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.model import ABSENT, FOR_EVER, Versions
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.tariffs.compiled import Rounding

EMPTY = -(2**31) + 1
"""Below any maximum: what a period without a slot has."""

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
    """n segments, sorted by agreement and then by time.

    Args:
        number: int32[n], the part of an agreement.
        period: int32[n], index into `periods`.
        periods: the pieces of the run, history first.
        energy_exact: int64[n, periods], Wh per time-of-use period of the tariff priced.
        rounding: how the tariff rounds energy.
        season: int16[n], the season each segment starts in.
        mine: bool[n], whether a row is priced here: wanted, and under this tariff.
        demand: {(calendar, block minutes): int64[n, periods] in W}.
        in_order: int64[n, tiers, periods] Wh, only for tiers that fill in time order.
        reactive: int64[n], varh of the whole bill, absolute in and out; ABSENT where not known.
        active: int64[n], Wh of the whole bill on the meters that `reactive` was measured on.
        whole: int64[n], Wh of all the agreement's points in the whole bill.
        under: int64[n], equal where the rows are priced by versions of one tariff; None where all are.
        versions: the agreements' dated terms, of which `version` (int64[n]) is in force.
    """

    number: npt.NDArray[np.int32]
    period: npt.NDArray[np.int32]
    periods: list[BillPeriod]
    energy_exact: Whole
    rounding: Rounding
    season: npt.NDArray[np.int16]
    mine: Mask
    demand: dict[DemandKey, Whole] = field(default_factory=dict)
    in_order: Whole | None = None
    reactive: Whole | None = None
    active: Whole | None = None
    whole: Whole | None = None
    under: Whole | None = None
    versions: Versions | None = None
    version: Whole | None = None
    source: str = "intervals"
    held: list[tuple[Mask, str]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.number)

    def hold(self, rows: Mask, why: str) -> None:
        """Keep bills back: a quantity that they need is not there, and part of a bill is not a bill."""
        rows = rows & self.mine
        if rows.any():
            self.held.append((rows, why))

    # -- what each row is ---------------------------------------------------------------

    def of_period(self, values: list[int]) -> Whole:
        """Spread one integer per piece over the rows."""
        return np.array(values, np.int64)[self.period]

    @property
    def start(self) -> npt.NDArray[np.datetime64]:
        """First day of each row."""
        return np.array([np.datetime64(p.start) for p in self.periods])[self.period]

    @property
    def end(self) -> npt.NDArray[np.datetime64]:
        """Day after the last of each row."""
        return np.array([np.datetime64(p.end) for p in self.periods])[self.period]

    @cached_property
    def bill(self) -> Whole:
        """The bill that each row belongs to; below zero for history."""
        return self.of_period([p.bill for p in self.periods])

    @property
    def days(self) -> Whole:
        """Days of each row."""
        return self.of_period([p.days for p in self.periods])

    @property
    def month_days(self) -> Whole:
        """Days of the calendar month each row starts in."""
        return self.of_period([p.month_days for p in self.periods])

    @property
    def month(self) -> Whole:
        """Calendar month (1-12) each row starts in."""
        return self.of_period([p.start.month for p in self.periods])

    @property
    def year(self) -> Whole:
        """Calendar year each row starts in."""
        return self.of_period([p.start.year for p in self.periods])

    # -- terms --------------------------------------------------------------------------

    def _term(self, name: str) -> Whole:
        if self.versions is None or self.version is None:
            return np.full(self.count, ABSENT, np.int64)
        held: Whole = getattr(self.versions, name)
        return np.where(self.version >= 0, held[np.maximum(self.version, 0)], ABSENT)

    @property
    def capacity(self) -> Whole:
        """int64[n], VA agreed on; ABSENT where none is."""
        return self._term("capacity")

    @property
    def contract(self) -> Whole:
        """int64[n], W of contract demand; ABSENT where none is."""
        return self._term("contract")

    def granted(self, allowance: str) -> Whole:
        """int64[n], the day (since 1970-01-01) on which each agreement was granted an allowance; far off where not."""
        if self.versions is None or self.version is None or allowance not in self.versions.allowances:
            return np.full(self.count, FOR_EVER, np.int64)
        days = self.versions.allowances[allowance]
        return np.where(self.version >= 0, days[np.maximum(self.version, 0)], FOR_EVER)

    # -- pools --------------------------------------------------------------------------

    @cached_property
    def pool(self) -> Whole:
        """int64[n], numbered from 0: neighbouring rows of one bill that are priced here share one."""
        same = (self.number[1:] == self.number[:-1]) & (self.bill[1:] == self.bill[:-1])
        same &= self.mine[1:] == self.mine[:-1]
        return np.concatenate([[0], np.cumsum(~same)])[: self.count].astype(np.int64)

    @cached_property
    def cut(self) -> bool:
        """Whether some pool has more than one row."""
        return bool(self.count and self.pool[-1] + 1 < self.count)

    @property
    def pool_edges(self) -> tuple[Whole, Whole]:
        """The first row of each pool, and its last."""
        first = np.flatnonzero(np.diff(self.pool, prepend=-1))
        return first, np.append(first[1:], self.count) - 1

    def running(self, values: Whole) -> Whole:
        """Running totals inside each pool; int64[n] or int64[n, k]."""
        if not self.cut:
            return values
        carried = wide(values, len(values))
        total = np.cumsum(carried, axis=0)
        first, _ = self.pool_edges
        return narrow(total - (total - carried)[first][self.pool])

    def step(self, running: Whole) -> Whole:
        """The opposite of `running`."""
        if not self.cut:
            return running
        fresh = np.diff(self.pool, prepend=-1) != 0
        before = np.concatenate([np.zeros_like(running[:1]), running[:-1]])
        shape = (-1,) + (1,) * (running.ndim - 1)
        return np.asarray(np.where(fresh.reshape(shape), running, running - before), np.int64)

    @cached_property
    def bill_edges(self) -> tuple[Whole, Whole]:
        """The first row of each bill, whichever variants price it, and for each row the number of its bill."""
        fresh = np.ones(self.count, bool)
        fresh[1:] = (np.diff(self.number) != 0) | (np.diff(self.bill) != 0)
        return np.flatnonzero(fresh), np.cumsum(fresh) - 1

    def in_bill(self, values: Whole, how: np.ufunc = np.add) -> Whole:
        """What the rows of each bill come to together, also those under other variants, at every one of them."""
        first, at = self.bill_edges
        return narrow(how.reduceat(wide(values, self.count), first, axis=0)[at]) if self.count else values

    def in_stretch(self, values: Whole, how: np.ufunc = np.add) -> Whole:
        """As `in_bill`, over adjoining rows under one tariff with the same capacity, contract and customer."""
        fresh = ~self.adjoins
        terms = [self.capacity, self.contract, self._term("owner"), *([] if self.under is None else [self.under])]
        for term in terms:
            fresh[1:] |= np.diff(term) != 0
        found: Whole = how.reduceat(values, np.flatnonzero(fresh), axis=0)[np.cumsum(fresh) - 1]
        return found if self.count else values

    @cached_property
    def ends_pool(self) -> Mask:
        """The last row of each pool."""
        found = np.zeros(self.count, bool)
        found[self.pool_edges[1]] = True
        return found

    @cached_property
    def energy(self) -> Whole:
        """int64[n, periods], Wh rounded as the tariff says."""
        return self.step(rounded_energy(self.running(self.energy_exact), self.rounding))

    @property
    def in_pieces(self) -> bool:
        """Whether some bill has more than one row, whichever variants price it."""
        return len(self.bill_edges[0]) < self.count

    def entire(self) -> Bills:
        """A row for each bill, whichever variants price its pieces."""
        first, _ = self.bill_edges
        last = np.append(first[1:], self.count) - 1
        spans, of_bill = groups(self.period[first], self.period[last])
        pieces = [replace(self.periods[a], end=self.periods[b].end) for a, b in spans.tolist()]
        for bill, pauses in self._pauses().items():
            pieces.append(replace(pieces[of_bill[bill]], pauses=pauses))
            of_bill[bill] = len(pieces) - 1
        order = sorted(range(len(pieces)), key=lambda i: (pieces[i].start, pieces[i].end))
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order))
        made = Bills(
            number=self.number[first],
            period=place[of_bill],
            periods=[pieces[i] for i in order],
            energy_exact=narrow(np.add.reduceat(wide(self.energy_exact, self.count), first, axis=0)),
            rounding=self.rounding,
            season=self.season[first],
            mine=np.logical_or.reduceat(self.mine, first),
            versions=self.versions,
            version=self.version[last] if self.version is not None else None,
        )
        # What the pieces bill, not rounded anew.
        made.energy = narrow(np.add.reduceat(wide(self.energy, self.count), first, axis=0))
        return made

    @cached_property
    def adjoins(self) -> Mask:
        """bool[n], whether a row begins on the day on which the row before it, of the same bill, ends."""
        found = np.zeros(self.count, bool)
        found[1:] = (np.diff(self.bill_edges[1]) == 0) & (self.start[1:] == self.end[:-1])
        return found

    def _pauses(self) -> dict[int, tuple[BillPeriod, ...]]:
        """By bill, the days between its rows on which its agreement was not in force; few have any."""
        first, at = self.bill_edges
        resumed = ~self.adjoins
        resumed[first] = False
        found: dict[int, tuple[BillPeriod, ...]] = {}
        for row in np.flatnonzero(resumed).tolist():
            pause = BillPeriod(self.periods[self.period[row - 1]].end, self.periods[self.period[row]].start)
            found[int(at[row])] = (*found.get(int(at[row]), ()), pause)
        return found

    # -- earlier bills -------------------------------------------------------------------

    def before(self, values: Whole, group: Whole) -> Whole:
        """What the same agreement's earlier rows of the same group add up to.

        Args:
            values: int64[n] or int64[n, k].
            group: int64[n]; counting starts again where it changes.
        """
        fresh = np.ones(self.count, bool)
        fresh[1:] = (self.number[1:] != self.number[:-1]) | (group[1:] != group[:-1])
        carried = wide(values, self.count)
        running = np.cumsum(carried, axis=0) - carried
        first = np.maximum.accumulate(np.where(fresh, np.arange(self.count), 0))
        return narrow(running - running[first])

    def through(self, values: Whole, group: Whole) -> Whole:
        """As `before`, with the row's own value added."""
        return self.before(values, group) + values
