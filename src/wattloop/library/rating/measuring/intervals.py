"""Phase one of a run: the determinants of all parts of all agreements, as NumPy columns.

One scan gives the energy of everyone; where tariffs bill demand, one more scan per
length of demand block, over the points concerned alone; where they weigh the power
factor, one per reactive channel. What legs give is then added up by part.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import EMPTY
from wattloop.library.rating.measuring import determinants, engine
from wattloop.library.rating.measuring.blocks import Requests, by_length, demand_requests, merge_of, of_rows
from wattloop.library.rating.measuring.plan import NOT_HERE, Scan
from wattloop.library.rating.measuring.reckoning import Reckoning, reckon

HALVED_FROM = 0.6  # share of agreements billed for demand from which halving every row's readings is cheaper


@dataclass(eq=False)
class Measured:
    """Determinants, sorted by number and bill.

    Args:
        number, bill: int32[n], the part (of a scan: the leg) and the piece of the plan.
        slots: int64[n], readings that counted.
        expected: int64[n], readings that whole coverage would have.
        energy: int64[n, periods] Wh.
        demand: {(calendar number, block minutes): int64[n, periods] W}; EMPTY where not billed.
        unclear: bool[n], rows whose registers do not tell their periods, or were read on another day than
            the bill is cut on; None where all do.
        unmeasured: {why: bool[n]}, rows charged by a maximum that their readings cannot give.
    """

    number: npt.NDArray[np.int32]
    bill: npt.NDArray[np.int32]
    slots: Whole
    expected: Whole
    energy: Whole
    demand: dict[tuple[int, int], Whole] = field(default_factory=dict)
    unclear: npt.NDArray[np.bool_] | None = None
    unmeasured: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def keys(self, width: int) -> Whole:
        """int64[n], ascending: number × width + bill."""
        found: Whole = self.number.astype(np.int64) * width + self.bill
        return found


def measure(scan: Scan, con: Any) -> Measured:
    """Run the scans over the legs of one slot count."""
    wanted, lacking = demand_requests(scan)
    own = _by_own_calendar(scan, wanted)
    measured = _energy(scan, con) if own is None else _energy_and_maxima(scan, con, own, wanted)
    for block, schedules in wanted.items():
        # A tariff may bill demand by more than one calendar: the first of each in one scan, then the second.
        turns = max(len(listed) for by_piece in schedules.values() for listed in by_piece)
        for turn in range(turns):
            chosen = [s for s, by_piece in schedules.items() if any(turn < len(listed) for listed in by_piece)]
            if turn or block != own:
                _demand(scan, con, measured, block, turn, chosen)
    measured.demand = by_length(scan, measured.demand)
    measured.unmeasured = of_rows(lacking, scan.schedule_of[measured.number], measured.bill)
    return measured


def _by_own_calendar(scan: Scan, wanted: Requests) -> int | None:
    """A demand block that everyone bills by their own calendar first: energy's scan finds it on the way."""
    plan = scan.plan
    for block, schedules in wanted.items():
        main = {
            s: [plan.calendars.number(plan.variants[v].calendar, "") for _, v in scan.schedules[s]] for s in schedules
        }
        if all(
            not listed or listed[0] == own for s in schedules for listed, own in zip(schedules[s], main[s], strict=True)
        ):
            return block
    return None


def _energy_and_maxima(scan: Scan, con: Any, block: int, wanted: Requests) -> Measured:
    numbers = np.arange(len(scan.points), dtype=np.int32)
    schedules = sorted(wanted[block])
    billed = scan.reckoning.patterns_of(schedules)
    merge = merge_of(scan, block)
    halve = bool(np.isin(scan.schedule_of, schedules).mean() > HALVED_FROM)
    found = _maxima(
        scan, con, numbers, scan.schedule_of, scan.reckoning, merge, with_energy=True, billed=billed, halve=halve
    )
    measured = _energy_columns(scan, found)
    maxima = _matrix(found, "m", scan.reckoning.periods)
    calendars = sorted({listed[0] for by_piece in wanted[block].values() for listed in by_piece if listed})
    mixed = any(len({listed[0] for listed in by_piece}) > 1 for by_piece in wanted[block].values())
    if not mixed:  # each bill goes by one calendar, and looks at no other
        measured.demand = {(calendar, block): maxima for calendar in calendars}
        return measured
    calendar_at = calendar_of_piece(scan, block, 0)[scan.schedule_of[measured.number], measured.bill]
    for calendar in calendars:
        measured.demand[calendar, block] = np.where((calendar_at == calendar)[:, None], maxima, EMPTY)
    return measured


def _energy(scan: Scan, con: Any) -> Measured:
    reckoning = scan.reckoning
    numbers = np.arange(len(scan.points), dtype=np.int32)
    who = engine.hand_over(con, scan.who(numbers, scan.schedule_of, reckoning))
    days = engine.hand_over(con, reckoning.days)
    largest = scan.plan.source.largest(scan.slots)
    found = engine.collect(
        lambda: determinants.energy(scan.rows(con, reckoning), who, days, reckoning, largest=largest)
    )
    return _energy_columns(scan, in_order(found))


def whole_energy(scan: Scan, con: Any, channel: str, legs: Whole) -> tuple[Whole, Whole, Whole]:
    """What some legs of a scan counted in a channel, all periods together.

    Returns:
        int64[k], leg × number of pieces + piece, ascending; int64[k], readings; int64[k], Wh or varh.
    """
    reckoning = reckon(scan.whole_days, scan.slots, 1)
    numbers = legs.astype(np.int32)
    who = engine.hand_over(con, scan.who(numbers, scan.schedule_of[numbers], reckoning))
    days = engine.hand_over(con, reckoning.days)
    rows = scan.rows(con, reckoning, channel)
    found = in_order(engine.collect(lambda: determinants.energy(rows, who, days, reckoning)))
    keys = found["number"].to_numpy().astype(np.int64) * len(scan.plan.periods) + found["bill"].to_numpy()
    return keys, found["slots"].to_numpy(), found["e0"].to_numpy()


def _demand(scan: Scan, con: Any, measured: Measured, block: int, turn: int, chosen: list[int]) -> None:
    """Add the maxima over one block length of the schedules named, each by the calendar that has this turn."""
    patterns = [scan.demand_patterns(schedule, block, turn) for schedule in chosen]
    own = reckon(patterns, scan.slots, scan.width)
    of_schedule = np.full(len(scan.schedules), NOT_HERE, np.int32)
    of_schedule[chosen] = np.arange(len(chosen))
    of_number = of_schedule[scan.schedule_of]
    numbers = np.flatnonzero(of_number >= 0).astype(np.int32)
    merge = merge_of(scan, block)
    found = _maxima(scan, con, numbers, of_number[numbers], own, merge, with_energy=False)
    width = len(scan.plan.periods)
    number, bill = found["number"].to_numpy(), found["bill"].to_numpy()
    at = np.searchsorted(measured.keys(width), number.astype(np.int64) * width + bill)
    maxima = _matrix(found, "m", own.periods)
    calendar_at = calendar_of_piece(scan, block, turn)[scan.schedule_of[number], bill]
    for calendar in np.unique(calendar_at).tolist():
        mine = calendar_at == calendar
        result = measured.demand.setdefault(
            (calendar, block), np.full((len(measured.number), own.periods), EMPTY, np.int64)
        )
        result[at[mine]] = maxima[mine]


def calendar_of_piece(scan: Scan, block: int, turn: int) -> npt.NDArray[np.int32]:
    """int32[schedules, pieces]: the calendar that demand over `block` minutes goes by in this turn, or NOT_HERE."""
    plan = scan.plan
    at = {piece: number for number, piece in enumerate(plan.periods)}
    found = np.full((len(scan.schedules), len(plan.periods)), NOT_HERE, np.int32)
    for number, schedule in enumerate(scan.schedules):
        for piece, variant in schedule:
            listed = scan.calendars(plan.variants[variant], block)
            if turn < len(listed):
                found[number, at[piece]] = listed[turn]
    return found


def _maxima(
    scan: Scan,
    con: Any,
    numbers: npt.NDArray[np.int32],
    schedules: npt.NDArray[np.int32],
    reckoning: Reckoning,
    merge: int,
    *,
    with_energy: bool,
    billed: list[int] | None = None,
    halve: bool = True,
) -> pa.Table:
    who = engine.hand_over(con, scan.who(numbers, schedules, reckoning))
    days = engine.hand_over(con, reckoning.days)

    def build() -> ir.Table:
        rows = scan.rows(con, reckoning)
        if len(numbers) < len(scan.points):
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
            largest=scan.plan.source.largest(scan.slots),
        )

    return in_order(engine.collect(build))


def in_order(found: pa.Table) -> pa.Table:
    """What an engine found, sorted by number and bill."""
    number, bill = found["number"].to_numpy(), found["bill"].to_numpy()
    order = np.argsort(number.astype(np.int64) * (int(bill.max(initial=0)) + 1) + bill, kind="stable")
    return found.take(pa.array(order))


def _energy_columns(scan: Scan, found: pa.Table) -> Measured:
    number, bill = found["number"].to_numpy(), found["bill"].to_numpy()
    return Measured(
        number=number,
        bill=bill,
        slots=found["slots"].to_numpy(),
        expected=scan.due[scan.schedule_of[number], bill],
        energy=_matrix(found, "e", scan.reckoning.periods),
    )


def _matrix(found: pa.Table, letter: str, count: int) -> Whole:
    return np.stack([found[f"{letter}{p}"].to_numpy() for p in range(count)], axis=1)
