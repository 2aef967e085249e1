"""Determinants from register readings: what frozen counters say of each piece of a bill.

Rule: a reading belongs to the piece that its days lie in. A period of time of use without a
register of its own is the total less the others, if it is the only one (V02: flat = total −
peak − valley). A reading that spans a cut of the bill tells neither side: such bills are held
back, or shared by days where the tariff says so (`segments: {registers: by-days}`). A maximum that
was read inside one bill is that bill's, wherever it is cut, unless each segment has its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.quantity.exact import across, narrow, wide
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.segments import Schedule
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.measuring.intervals import Measured
from wattloop.library.rating.measuring.plan import REGISTERS, Plan
from wattloop.library.rating.measuring.register_maxima import fill_maxima
from wattloop.library.rating.measuring.register_quantities import DEMAND, RegisterQuantities
from wattloop.library.tariffs.compiled import Tariff


@dataclass(eq=False)
class RegisterScan:
    """The legs that are measured by registers.

    Args:
        plan: what they belong to.
        legs: int64[k], index into the plan's legs.
    """

    plan: Plan
    legs: Whole
    slots: int = REGISTERS

    def __post_init__(self) -> None:
        every = self.plan.parts.legs
        self.schedules: list[Schedule] = self.plan.schedules
        self.schedule_of = self.plan.schedule_of[every.part[self.legs]].astype(np.int32)
        self.points = every.point.take(pa.array(self.legs))

    @property
    def due(self) -> Whole:
        """int64[schedules, pieces]: days that whole coverage amounts to."""
        days = np.array([p.days for p in self.plan.periods], np.int64)
        return np.where(self.plan.variant_at >= 0, days[None, :], 0)


@dataclass(eq=False)
class RegisterMeasured(Measured):
    """As `Measured`, in days instead of readings, and what the whole of each piece came to.

    Args:
        active, reactive: int64[n], Wh and varh of all periods.
        power_known: bool[n], whether there are reactive registers.
    """

    active: Whole | None = None
    reactive: Whole | None = None
    power_known: npt.NDArray[np.bool_] | None = None


def measure_registers(scan: RegisterScan) -> RegisterMeasured:
    """Read the registers of a scan's points once and lay them out by leg and piece."""
    plan, pieces = scan.plan, len(scan.plan.periods)
    first, end = plan.periods[0].start, max(p.end for p in plan.periods)
    rows = plan.source.registers(first, end, pc.unique(scan.points))
    leg, piece, quantity, days, spans, row = _laid_out(scan, rows)
    key = leg * pieces + piece
    distinct, at = np.unique(key, return_inverse=True)
    at = at.reshape(-1)
    registers = pc.dictionary_encode(rows["register"].combine_chunks())
    names, code = registers.dictionary.to_pylist(), np.asarray(registers.indices).astype(np.int64)[row]
    held = RegisterQuantities(len(distinct), at, quantity, days, code, names)
    number, bill = (distinct // pieces).astype(np.int32), (distinct % pieces).astype(np.int32)
    unclear = np.zeros(len(distinct), bool)
    unclear[at[spans]] = True
    width = max(len(calendar.periods) for calendar, _ in plan.calendars.list)
    energy = np.zeros((len(distinct), width), np.int64)
    variant = plan.variant_at[scan.schedule_of[number], bill]
    for one in np.unique(variant[variant >= 0]).tolist():
        mine = np.flatnonzero(variant == one)
        _energy(plan, plan.variants[one], held, mine, bill, energy, unclear)
    reactive, known = held.reactive()
    found = RegisterMeasured(
        number=number,
        bill=bill,
        slots=np.minimum(held.covered(), scan.due[scan.schedule_of[number], bill]),
        expected=scan.due[scan.schedule_of[number], bill],
        energy=energy,
        unclear=unclear,
        active=held.total(),
        reactive=reactive,
        power_known=known,
    )
    fill_maxima(plan, held, variant, found)
    return found


def _laid_out(scan: RegisterScan, rows: pa.Table) -> tuple[Whole, Whole, Whole, Whole, npt.NDArray[np.bool_], Whole]:
    """Leg, piece, quantity, days, whether a reading goes beyond the piece, and its row, for each of them in each."""
    plan = scan.plan
    order = np.asarray(pc.array_sort_indices(scan.points)).astype(np.int64)
    place = pc.dictionary_encode(scan.points.take(pa.array(order)))
    code = np.asarray(place.indices).astype(np.int64)
    of_row = pc.index_in(rows["point"].combine_chunks(), place.dictionary)
    row = np.flatnonzero(np.asarray(pc.is_valid(of_row)))
    point = np.asarray(of_row.take(pa.array(row))).astype(np.int64)
    begin, stop = np.searchsorted(code, point, "left"), np.searchsorted(code, point, "right")
    # A point has a leg in each part that counts it.
    times = stop - begin
    row = np.repeat(row, times)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    leg = order[np.repeat(begin, times) + offset]
    start, end = (np.asarray(rows[name]).astype("datetime64[D]").astype(np.int64)[row] for name in ("from", "to"))
    starts = plan.days_of_pieces
    ends = np.array([(p.end - EPOCH).days for p in plan.periods], np.int64)
    legs = plan.parts.legs
    parts = []
    for schedule in np.unique(scan.schedule_of).tolist():
        mine = np.flatnonzero(scan.schedule_of[leg] == schedule)
        own = np.flatnonzero(plan.variant_at[schedule] >= 0)
        since, until = _adjoining(plan, own)
        lo = np.searchsorted(ends[own], start[mine], "right")
        hi = np.searchsorted(starts[own], end[mine], "left")
        count = np.maximum(hi - lo, 0)
        which = np.repeat(mine, count)
        at = np.repeat(lo, count) + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        piece = own[at]
        counts = (legs.start[scan.legs[leg[which]]] <= starts[piece]) & (
            legs.end[scan.legs[leg[which]]] > starts[piece]
        )
        parts.append(np.stack([which, piece, since[at], until[at]])[:, counts])
    which, piece, since, until = np.concatenate([np.empty((4, 0), np.int64), *parts], axis=1)
    low, high = np.maximum(start[which], starts[piece]), np.minimum(end[which], ends[piece])
    beyond = (start[which] < starts[piece]) | (end[which] > ends[piece])
    whole = np.asarray(rows["quantity"]).astype(np.int64)[row[which]]
    length = end[which] - start[which]
    by_day = wide(whole, int(length.max(initial=1)))
    shared = narrow(by_day * (high - start[which]) // length - by_day * (low - start[which]) // length)
    kind = np.array([name.startswith(DEMAND) for name in rows["register"].to_pylist()] or [False], bool)
    maximum = kind[row[which]]
    variant = plan.variant_at[scan.schedule_of[leg[which]], piece]
    own_leg = scan.legs[leg[which]]
    in_bill = (start[which] >= np.maximum(since, legs.start[own_leg])) & (
        end[which] <= np.minimum(until, legs.end[own_leg])
    )
    by_segment = np.array([any(c.over == "segment" for c in t.maxima) for t in plan.variants], bool)
    by_days = np.array([t.segments.registers == "by-days" for t in plan.variants], bool)
    told = (in_bill & ~by_segment[variant]) | ~_asked(plan)[scan.schedule_of[leg[which]], piece]
    quantity = np.where(beyond & ~maximum, shared, whole)
    return leg[which], piece, quantity, high - low, beyond & ~np.where(maximum, told, by_days[variant]), row[which]


def _adjoining(plan: Plan, own: Whole) -> tuple[Whole, Whole]:
    """Since when and until when the pieces of a bill adjoin, at each piece of a schedule; days."""
    starts = plan.days_of_pieces[own]
    ends = starts + np.array([p.days for p in plan.periods], np.int64)[own]
    fresh = np.ones(len(own), bool)
    fresh[1:] = (np.diff(plan.bill_of_pieces[own]) != 0) | (starts[1:] != ends[:-1])
    first, at = np.flatnonzero(fresh), np.cumsum(fresh) - 1
    return starts[first][at], ends[np.append(first[1:], len(own)) - 1][at]


def _asked(plan: Plan) -> Mask:
    """bool[schedules, pieces]: whether some tariff of the piece's bill charges a maximum."""
    charges = np.array([bool(t.maxima) for t in plan.variants], bool)
    found: Mask = (plan.variant_at >= 0) & charges[plan.variant_at]
    for bill in np.unique(plan.bill_of_pieces).tolist():
        found[:, plan.bill_of_pieces == bill] |= found[:, plan.bill_of_pieces == bill].any(axis=1, keepdims=True)
    return found


def _energy(
    plan: Plan,
    tariff: Tariff,
    held: RegisterQuantities,
    rows: Whole,
    bill: npt.NDArray[np.int32],
    energy: Whole,
    unclear: npt.NDArray[np.bool_],
) -> None:
    """Fill in the energy of one variant's periods."""
    periods, total = tariff.calendar.periods, held.total()[rows]
    _, has_total = held.sum(ACTIVE_IN)
    if len(periods) == 1:
        energy[rows, 0] = total
        return
    seen = np.zeros((len(rows), len(periods)), bool)
    for name in held.periods(ACTIVE_IN):
        quantity, there = held.sum(f"{ACTIVE_IN}:{name}")
        column = _columns(plan, tariff, name, bill[rows])
        known = there[rows] & (column >= 0)
        energy[rows[known], column[known]] += quantity[rows[known]]
        seen[known, column[known]] = True
    asked = plan.in_force(tariff)[bill[rows]]
    lacking = asked & ~seen
    one = (lacking.sum(axis=1) == 1) & has_total[rows]
    rest = total - across(energy[rows][:, : len(periods)])
    energy[rows[one], lacking[one].argmax(axis=1)] = np.maximum(rest[one], 0)
    # More than displays round away, a thousandth, is no rest: some register is of something else.
    apart = np.where(one, -rest, np.where(lacking.any(axis=1), 0, np.abs(rest))) > total // 1000
    unclear[rows] |= (lacking.any(axis=1) & ~one) | (has_total[rows] & apart)


def _columns(plan: Plan, tariff: Tariff, name: str, bill: npt.NDArray[np.int32]) -> Whole:
    """The tariff's period of a register's name in each piece; -1 where it has none."""
    periods = tariff.calendar.periods
    if name in periods:
        return np.full(len(bill), periods.index(name), np.int64)
    seasons = plan.season_names(tariff)
    found = [periods.index(f"{season} {name}") if f"{season} {name}" in periods else -1 for season in seasons]
    return np.array(found, np.int64)[bill]
