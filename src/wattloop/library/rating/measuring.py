"""Phase one of a run: the determinants of all agreements of all tariffs, as NumPy columns.

One scan gives the energy of everyone; where tariffs bill demand, one more scan per
length of demand block, over the points concerned alone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating import determinants, engine
from wattloop.library.rating.demand import calendar_of
from wattloop.library.rating.lines import Whole
from wattloop.library.rating.patterns import SlotPatterns, slot_patterns
from wattloop.library.rating.periods import BillPeriod
from wattloop.library.rating.reckoning import Reckoning, reckon
from wattloop.library.rating.sources import Source
from wattloop.library.tariffs.compiled import Calendar, Tariff

EPOCH = dt.date(1970, 1, 1)
HALVED_FROM = 0.6  # share of agreements billed for demand from which halving every row's readings is cheaper


@dataclass(eq=False)
class Measured:
    """Determinants, sorted by agreement number and bill.

    Args:
        number, bill: int32[n].
        slots: int64[n], readings that counted.
        expected: int64[n], readings that whole coverage would have.
        energy: int64[n, periods] Wh.
        demand: {(calendar number, block minutes): int64[n, periods] W}; EMPTY where not billed.
    """

    number: npt.NDArray[np.int32]
    bill: npt.NDArray[np.int32]
    slots: Whole
    expected: Whole
    energy: Whole
    demand: dict[tuple[int, int], Whole] = field(default_factory=dict)


@dataclass(eq=False)
class Calendars:
    """The distinct calendars of a run, numbered; equal ones share a number."""

    of: dict[int, int] = field(default_factory=dict)
    list: list[tuple[Calendar, str]] = field(default_factory=list)

    def number(self, calendar: Calendar, tariff: str) -> int:
        """The number of a calendar, given one where it is new."""
        if id(calendar) not in self.of:
            known = next((i for i, (other, _) in enumerate(self.list) if _same(other, calendar)), None)
            if known is None:
                known = len(self.list)
                self.list.append((calendar, tariff))
            self.of[id(calendar)] = known
        return self.of[id(calendar)]


def _same(a: Calendar, b: Calendar) -> bool:
    return a is b or (
        a.zone == b.zone
        and a.periods == b.periods
        and a.first_day == b.first_day
        and np.array_equal(a.patterns, b.patterns)
        and np.array_equal(a.pattern_of_day, b.pattern_of_day)
    )


@dataclass(eq=False)
class Plan:
    """Everything one scan needs to know.

    Args:
        names: the agreements, numbered by their place.
        points: the point of each.
        tariff_of: int32[agreements], index into `tariffs`.
        tariffs: the tariffs of the run.
        periods: the bill periods, history first.
    """

    source: Source
    slots: int
    names: pa.Array
    points: pa.Array
    tariff_of: npt.NDArray[np.int32]
    tariffs: list[Tariff]
    periods: list[BillPeriod]
    calendars: Calendars = field(default_factory=Calendars)

    def __post_init__(self) -> None:
        self.main = np.array([self.calendars.number(t.calendar, t.id) for t in self.tariffs], np.int32)
        for tariff in self.tariffs:
            for charge in tariff.demand:
                self.calendars.number(calendar_of(tariff, charge), tariff.id)
        self.patterns = [
            slot_patterns(
                calendar, self.periods, self.slots, zone=self.source.zone, offset=self.source.offset, tariff=name
            )
            for calendar, name in self.calendars.list
        ]
        self.reckoning = reckon(self.patterns, self.slots, max(len(c.periods) for c, _ in self.calendars.list))

    def rows(self, con: Any, reckoning: Reckoning) -> ir.Table:
        """The day-rows the reckoning reaches over."""
        first, last = (EPOCH + dt.timedelta(days=d) for d in (reckoning.first_day, reckoning.last_day))
        return self.source.rows(con, self.slots, first, last)

    def who(self, numbers: npt.NDArray[np.int32], calendars: npt.NDArray[np.int32], reckoning: Reckoning) -> pa.Table:
        """Points with their number and calendar key, as the scan joins to them."""
        return pa.table(
            {
                "point": self.points.take(pa.array(numbers)),
                "number": pa.array(numbers),
                "base": pa.array(reckoning.key_of(calendars)),
            }
        )


def measure(plan: Plan, con: Any) -> Measured:
    """Run the scans of a plan.

    Raises:
        Refused: where the readings cannot give a demand block.
    """
    wanted = _demand_requests(plan)
    own = _by_own_calendar(plan, wanted)
    measured = _energy(plan, con) if own is None else _energy_and_maxima(plan, con, own, wanted)
    for block, by_tariff in wanted.items():
        # A tariff may bill demand by more than one calendar: the first of each in one scan, then the second.
        for turn in range(max(map(len, by_tariff.values()))):
            chosen = {t: calendars[turn] for t, calendars in by_tariff.items() if turn < len(calendars)}
            if turn or block != own:
                _demand(plan, con, measured, block, chosen)
    return measured


def _by_own_calendar(plan: Plan, wanted: dict[int, dict[int, list[int]]]) -> int | None:
    """A demand block whose tariffs all bill it by their own calendar first: energy's scan finds it on the way."""
    for block, by_tariff in wanted.items():
        if all(calendars[0] == plan.main[tariff] for tariff, calendars in by_tariff.items()):
            return block
    return None


def _energy_and_maxima(plan: Plan, con: Any, block: int, wanted: dict[int, dict[int, list[int]]]) -> Measured:
    numbers = np.arange(len(plan.points), dtype=np.int32)
    calendars = sorted({int(plan.main[tariff]) for tariff in wanted[block]})
    billed = plan.reckoning.patterns_of(calendars)
    merge = _merge(plan, plan.reckoning, block, billed)
    every = plan.main[plan.tariff_of]
    halve = bool(np.isin(every, calendars).mean() > HALVED_FROM)
    found = _maxima(plan, con, numbers, every, plan.reckoning, merge, with_energy=True, billed=billed, halve=halve)
    measured = _energy_columns(plan, found)
    maxima = _matrix(found, "m", plan.reckoning.periods)
    measured.demand = {(calendar, block): maxima for calendar in calendars}
    return measured


def _energy(plan: Plan, con: Any) -> Measured:
    reckoning = plan.reckoning
    numbers = np.arange(len(plan.points), dtype=np.int32)
    who = engine.hand_over(con, plan.who(numbers, plan.main[plan.tariff_of], reckoning))
    days = engine.hand_over(con, reckoning.days)
    largest = plan.source.largest(plan.slots)
    found = engine.collect(
        lambda: determinants.energy(plan.rows(con, reckoning), who, days, reckoning, largest=largest)
    )
    return _energy_columns(plan, _sorted(found))


def _demand_requests(plan: Plan) -> dict[int, dict[int, list[int]]]:
    """Demand block in minutes (0: the readings' own) → tariff → calendars it is billed by."""
    wanted: dict[int, dict[int, list[int]]] = {}
    for at, tariff in enumerate(plan.tariffs):
        if not (plan.tariff_of == at).any():
            continue
        for charge in tariff.demand:
            calendar = plan.calendars.number(calendar_of(tariff, charge), tariff.id)
            listed = wanted.setdefault(charge.block_minutes or 0, {}).setdefault(at, [])
            if calendar not in listed:
                listed.append(calendar)
    return wanted


def _demand(plan: Plan, con: Any, measured: Measured, block: int, chosen: dict[int, int]) -> None:
    """Add the maxima over one block length of the tariffs named, each by the calendar named."""
    involved = sorted(set(chosen.values()))
    own = reckon(
        [plan.patterns[c] for c in involved], plan.slots, max(len(plan.calendars.list[c][0].periods) for c in involved)
    )
    of_tariff = np.full(len(plan.tariffs), -1, np.int32)
    for tariff, calendar in chosen.items():
        of_tariff[tariff] = involved.index(calendar)
    of_number = of_tariff[plan.tariff_of]
    numbers = np.flatnonzero(of_number >= 0).astype(np.int32)
    merge = _merge(plan, own, block, None)
    found = _maxima(plan, con, numbers, of_number[numbers], own, merge, with_energy=False)
    width = len(plan.periods)
    have = measured.number.astype(np.int64) * width + measured.bill
    number = found["number"].to_numpy()
    at = np.searchsorted(have, number.astype(np.int64) * width + found["bill"].to_numpy())
    maxima = _matrix(found, "m", own.periods)
    for position, calendar in enumerate(involved):
        mine = of_number[number] == position
        result = measured.demand.setdefault(
            (calendar, block), np.full((len(measured.number), own.periods), determinants.EMPTY, np.int64)
        )
        result[at[mine]] = maxima[mine]


def _maxima(
    plan: Plan,
    con: Any,
    numbers: npt.NDArray[np.int32],
    calendars: npt.NDArray[np.int32],
    reckoning: Reckoning,
    merge: int,
    *,
    with_energy: bool,
    billed: list[int] | None = None,
    halve: bool = True,
) -> pa.Table:
    who = engine.hand_over(con, plan.who(numbers, calendars, reckoning))
    days = engine.hand_over(con, reckoning.days)

    def build() -> ir.Table:
        rows = plan.rows(con, reckoning)
        if len(numbers) < len(plan.points):
            rows = rows.semi_join(who, "point")  # before anything is computed for those who are not billed
        return determinants.maximum(
            rows,
            who,
            days,
            reckoning,
            merge=merge,
            with_energy=with_energy,
            billed=billed,
            halve=halve,
            largest=plan.source.largest(plan.slots),
        )

    return _sorted(engine.collect(build))


def _merge(plan: Plan, reckoning: Reckoning, block: int, billed: list[int] | None) -> int:
    """How many readings make one demand block."""
    own = 24 * 60 // plan.slots
    block = block or own
    if block < own or block % own or plan.slots % (block // own):
        raise Refused(
            f"demand over blocks of {block} minutes cannot be had from readings of {own} minutes",
            "Rate finer readings, or a tariff that bills demand over longer blocks.",
        )
    merge = block // own
    if any(edge % merge for edge in reckoning.edges(billed)):
        raise Refused(
            f"demand blocks of {block} minutes do not fit the time-of-use periods: one begins inside a block",
            "Use shorter blocks, or periods that begin on a block.",
        )
    return merge


def _sorted(found: pa.Table) -> pa.Table:
    number, bill = found["number"].to_numpy(), found["bill"].to_numpy()
    order = np.argsort(number.astype(np.int64) * (int(bill.max(initial=0)) + 1) + bill, kind="stable")
    return found.take(pa.array(order))


def _energy_columns(plan: Plan, found: pa.Table) -> Measured:
    number, bill = found["number"].to_numpy(), found["bill"].to_numpy()
    calendar = plan.main[plan.tariff_of[number]]
    expected = np.zeros((len(plan.calendars.list), len(plan.periods)), np.int64)
    for (c, b), count in plan.reckoning.expected.items():
        expected[c, b] = count
    return Measured(
        number=number,
        bill=bill,
        slots=found["slots"].to_numpy(),
        expected=expected[calendar, bill],
        energy=_matrix(found, "e", plan.reckoning.periods),
    )


def _matrix(found: pa.Table, letter: str, count: int) -> Whole:
    return np.stack([found[f"{letter}{p}"].to_numpy() for p in range(count)], axis=1)


__all__ = ["Calendars", "Measured", "Plan", "SlotPatterns", "measure"]
