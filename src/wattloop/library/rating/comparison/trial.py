"""A tariff with other hours or prices against the one in force, on the sums of a month: who wins and who loses.

Priced is what follows from energy by period: the lines per kWh, shares of them and taxes, by the
very functions that bill them, rounded line by line as a bill is. What asks for more than the energy of a
month by period (`not_priced`) is left out under both tariffs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from wattloop.library.quantity.exact import add_at
from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.agreements.variants import variant
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.price import price_bills
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.rating.chunks import seasons_of
from wattloop.library.rating.comparison.comparing import CURRENT, Priced, WhatIf
from wattloop.library.rating.comparison.day_sums import DaySums
from wattloop.library.tariffs.compiled import STEPS_PER_DAY, Component, Over, Pooling, Tariff

TRIED = "tried"
AT_ONCE = 20_000  # parts priced at a time


@dataclass(eq=False)
class Trial:
    """What the agreements of some sums pay under one tariff.

    Args:
        amount: int64[agreements], the smallest unit of money.
        energy: {period: Wh of all of them}.
        known: bool[agreements], whether the tariff can price the agreement.
    """

    amount: Whole
    energy: dict[str, int]
    known: np.ndarray[tuple[int], np.dtype[np.bool_]]


def not_priced(tariff: Tariff) -> list[str]:
    """What of a tariff a trial leaves out, as words that the page knows: "tiers", "demand", …"""
    tiers = tariff.tiers
    found = {
        "tiers": tiers is not None and (tiers.over is not Over.MONTH or tiers.pooling is Pooling.TIME_ORDER),
        "allowances": tiers is not None and bool(tiers.allowances),
        "demand": bool(tariff.demand),
        "basic": bool(tariff.capacity or tariff.contract or tariff.actual),
        "power-factor": tariff.power_factor is not None,
        "fixed": bool(tariff.fixed),
        "minimum": bool(tariff.minimums),
    }
    return [name for name, there in found.items() if there]


class Population:
    """The agreements of some sums, and what they pay under one tariff or another.

    Args:
        sums: of a month.
    """

    def __init__(self, sums: DaySums) -> None:
        self.sums = sums
        code = sums.names.dictionary_encode()
        self.agreement = np.asarray(code.indices).astype(np.int64)
        self.names = code.dictionary
        first = np.unique(self.agreement, return_index=True)[1]
        self.classes = sums.classes.take(pa.array(first))

    @cached_property
    def used(self) -> Whole:
        """int64[agreements], Wh of the month."""
        found = np.zeros(len(self.names), np.int64)
        add_at(found, self.agreement, np.asarray(self.sums.running[:, -1, :].sum(axis=0)))
        return found

    def under(self, tariff: Tariff) -> Trial:
        """What everybody pays for energy under a version of a tariff that is in force all month.

        Raises:
            Refused: where a boundary of its periods lies inside a reading, or its calendar does not reach.
        """
        sums = self.sums
        amount = np.zeros(len(self.names), np.int64)
        known = np.ones(len(self.names), bool)
        energy = dict.fromkeys(tariff.calendar.periods, 0)
        for kind in np.unique(sums.kind).tolist():
            rows = np.flatnonzero(sums.kind == kind)
            try:
                made = energy_alone(variant(tariff, sums.kinds[kind]))
            except Refused:
                known[self.agreement[rows]] = False
                continue
            whole = len(rows) == len(sums.kind)
            by_period = [_Stretches(sums, made, period) for period in range(len(made.calendar.periods))]
            for low in range(0, len(rows), AT_ONCE):
                some = rows[low : low + AT_ONCE]
                at = slice(low, low + AT_ONCE) if whole else some
                used = np.stack([stretches.energy(at) for stretches in by_period], axis=1)
                add_at(amount, self.agreement[some], _priced(used, made, sums))
                for number, period in enumerate(made.calendar.periods):
                    energy[period] = energy.get(period, 0) + int(used[:, number].sum())
        return Trial(amount, energy, known)

    def against(self, current: Trial, tried: Trial, tariff: Tariff) -> WhatIf:
        """Both side by side, the one tried called `TRIED`."""
        priced = {
            name: Priced(one.amount[:, None], one.known, ~one.known)
            for name, one in ((CURRENT, current), (TRIED, tried))
        }
        return WhatIf(self.names, self.classes, self.used, priced, tariff.currency, Pricing.of(tariff).digits)


class _Stretches:
    """Where a period lies in the day, day type by day type, as columns of running sums."""

    def __init__(self, sums: DaySums, tariff: Tariff, period: int) -> None:
        self.sums = sums
        self.found = [
            (number, low, high)
            for number, slots in enumerate(slots_of(sums, tariff))
            for low, high in _runs(slots == period)
        ]

    def energy(self, rows: slice | Whole) -> Whole:
        """int64[rows], Wh."""
        running = self.sums.running
        count = len(range(*rows.indices(running.shape[2]))) if isinstance(rows, slice) else len(rows)
        found = np.zeros(count, np.int64)
        for number, low, high in self.found:
            found += running[number, high][rows]
            found -= running[number, low][rows]
        return found


def slots_of(sums: DaySums, tariff: Tariff) -> Whole:
    """int64[types, slots]: the period of each slot on the days of each type, as a tariff has it.

    Raises:
        Refused: where its calendar does not decide them, goes differently on days of one type, or changes
            inside a reading.
    """
    calendar, slots, found = tariff.calendar, sums.slots, []
    for one in sums.types:
        at = [(day - calendar.first_day).days for day in one.days]
        if at[0] < 0 or at[-1] >= len(calendar.pattern_of_day):
            said = f"the calendar of {tariff.id} is decided from {calendar.first_day} to {calendar.last_day}"
            raise Refused(said, "Let it be in force all month.")
        patterns = np.unique(calendar.pattern_of_day[at])
        if len(patterns) > 1:
            raise Refused(
                f"{tariff.id} tells days apart that are of one type: {one.words}", "Have it computed exactly."
            )
        steps = calendar.patterns[patterns[0]].reshape(slots, STEPS_PER_DAY // slots)
        if (steps != steps[:, :1]).any():
            raise Refused(
                f"a period changes inside a reading of {24 * 60 // slots} minutes", "Move it to where a reading begins."
            )
        found.append(steps[:, 0].astype(np.int64))
    return np.stack(found)


def energy_alone(tariff: Tariff) -> Tariff:
    """A tariff without what asks for more than the energy of a month by period."""
    tiers, components = tariff.tiers, tariff.components
    if tiers is not None and (tiers.over is not Over.MONTH or tiers.pooling is Pooling.TIME_ORDER):
        tiers, components = None, tuple(_first_tier(one) for one in components)
    return replace(
        tariff,
        components=components,
        tiers=replace(tiers, allowances=()) if tiers is not None else None,
        demand=(), capacity=(), contract=(), actual=(), intensive=None, suspension=(), fixed=(), power_factor=None,
        minimums=(), lacks=None,
    )  # fmt: skip


def _first_tier(component: Component) -> Component:
    return replace(component, prices=component.prices[:1], by_tier=False)


def _priced(energy: Whole, tariff: Tariff, sums: DaySums) -> Whole:
    """int64[n]: the bills of some parts, each line rounded as the tariff says."""
    count, periods = len(energy), [BillPeriod(sums.start, sums.end)]
    bills = Bills(
        number=np.arange(count, dtype=np.int32),
        period=np.zeros(count, np.int32),
        periods=periods,
        energy_exact=energy,
        rounding=tariff.rounding,
        season=np.repeat(seasons_of(tariff, periods), count),
        mine=np.ones(count, bool),
    )
    total = np.zeros(count, np.int64)
    for charge in price_bills(bills, tariff, {}):
        total += charge.visible(charge.amount)
    return total


def _runs(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Iterator[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(mask)) + 1).tolist(), len(mask)]
    return ((low, high) for low, high in itertools.pairwise(edges) if mask[low])
