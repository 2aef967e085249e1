"""Determinants from register readings: what frozen counters say of each piece of a bill.

Rule: a reading belongs to the piece that its days lie in. A period of time of use without a
register of its own is the total less the others, if it is the only one (V02: flat = total −
peak − valley). A reading that spans a cut of the bill tells neither side: such bills are held
back, or shared by days where the tariff says so (`segments: {registers: by-days}`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.rating.exact import add_at
from wattloop.library.rating.lines import Whole
from wattloop.library.rating.measuring import EMPTY, Measured
from wattloop.library.rating.plan import REGISTERS, Plan, demand_calendars
from wattloop.library.rating.segments import Schedule
from wattloop.library.rating.variants import EPOCH
from wattloop.library.tariffs.compiled import DemandCharge, Kind, Tariff

ACTIVE, DEMAND = "active_in", "demand"
REACTIVE = ("reactive_in", "reactive_out")
QUADRANTS = ("reactive_q1", "reactive_q2", "reactive_q3", "reactive_q4")
DAY = np.timedelta64(1, "D")


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
    held = _Held(len(distinct), at, quantity, days, code, names)
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
    _demand(plan, held, variant, found)
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
    starts = np.array([(p.start - EPOCH).days for p in plan.periods], np.int64)
    ends = np.array([(p.end - EPOCH).days for p in plan.periods], np.int64)
    legs = plan.parts.legs
    parts = []
    for schedule in np.unique(scan.schedule_of).tolist():
        mine = np.flatnonzero(scan.schedule_of[leg] == schedule)
        own = np.flatnonzero(plan.variant_at[schedule] >= 0)
        lo = np.searchsorted(ends[own], start[mine], "right")
        hi = np.searchsorted(starts[own], end[mine], "left")
        count = np.maximum(hi - lo, 0)
        which = np.repeat(mine, count)
        piece = own[np.repeat(lo, count) + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)]
        counts = (legs.start[scan.legs[leg[which]]] <= starts[piece]) & (
            legs.end[scan.legs[leg[which]]] > starts[piece]
        )
        parts.append(np.stack([which[counts], piece[counts]]))
    which, piece = np.concatenate([np.empty((2, 0), np.int64), *parts], axis=1)
    low, high = np.maximum(start[which], starts[piece]), np.minimum(end[which], ends[piece])
    beyond = (start[which] < starts[piece]) | (end[which] > ends[piece])
    whole = np.asarray(rows["quantity"]).astype(np.int64)[row[which]]
    length = end[which] - start[which]
    shared = whole * (high - start[which]) // length - whole * (low - start[which]) // length
    by_days = np.array([_by_days(t) for t in plan.variants], bool)
    kind = np.array([name.startswith(DEMAND) for name in rows["register"].to_pylist()] or [False], bool)
    maximum = kind[row[which]]
    quantity = np.where(beyond & ~maximum, shared, whole)
    variant = plan.variant_at[scan.schedule_of[leg[which]], piece]
    unasked = np.array([not tariff.maxima for tariff in plan.variants], bool)  # its maximum is nobody's
    allowed = np.where(maximum, unasked[variant], by_days[variant])
    return leg[which], piece, quantity, high - low, beyond & ~allowed, row[which]


def _by_days(tariff: Tariff) -> bool:
    return tariff.segments.registers == "by-days"


class _Held:
    """Register quantities by leg and piece, asked for by register."""

    def __init__(self, count: int, at: Whole, quantity: Whole, days: Whole, code: Whole, names: list[str]) -> None:
        self.count, self.at, self.quantity, self.days, self.code, self.names = count, at, quantity, days, code, names

    def sum(self, name: str) -> tuple[Whole, npt.NDArray[np.bool_]]:
        """What a register counted, and where there is one."""
        total, seen = np.zeros(self.count, np.int64), np.zeros(self.count, bool)
        if name in self.names:
            mine = self.code == self.names.index(name)
            add_at(total, self.at[mine], self.quantity[mine])
            seen[self.at[mine]] = True
        return total, seen

    def most(self, name: str) -> Whole:
        """The highest a register of maxima stood at; EMPTY where there is none."""
        found = np.full(self.count, EMPTY, np.int64)
        if name in self.names:
            mine = self.code == self.names.index(name)
            np.maximum.at(found, self.at[mine], self.quantity[mine])
        return found

    def periods(self, of: str) -> list[str]:
        """The time-of-use periods that have a register."""
        return [name.partition(":")[2] for name in self.names if name.startswith(f"{of}:")]

    def total(self) -> Whole:
        """Active energy of all periods: the total register, or where there is none the sum of the others."""
        total, seen = self.sum(ACTIVE)
        parts = sum((self.sum(f"{ACTIVE}:{name}")[0] for name in self.periods(ACTIVE)), np.zeros(self.count, np.int64))
        return np.where(seen, total, parts)

    def covered(self) -> Whole:
        """Days that the total register speaks of, or where there is none the best of the others."""
        found = np.zeros(self.count, np.int64)
        for name in (ACTIVE, *(f"{ACTIVE}:{period}" for period in self.periods(ACTIVE))):
            if name in self.names:
                days = np.zeros(self.count, np.int64)
                mine = self.code == self.names.index(name)
                np.add.at(days, self.at[mine], self.days[mine])
                found = np.maximum(found, days)
        return found

    def reactive(self) -> tuple[Whole, npt.NDArray[np.bool_]]:
        """The absolute sum of reactive energy, by direction or by quadrant, and where it is known."""
        ways = [[self.sum(name) for name in names] for names in (REACTIVE, QUADRANTS)]
        sums = [np.sum([total for total, _ in way], axis=0) for way in ways]
        seen = [np.any([there for _, there in way], axis=0) for way in ways]
        return np.where(seen[0], sums[0], sums[1]), seen[0] | seen[1]


def _energy(
    plan: Plan,
    tariff: Tariff,
    held: _Held,
    rows: Whole,
    bill: npt.NDArray[np.int32],
    energy: Whole,
    unclear: npt.NDArray[np.bool_],
) -> None:
    """Fill in the energy of one variant's periods."""
    periods, total = tariff.calendar.periods, held.total()[rows]
    _, has_total = held.sum(ACTIVE)
    if len(periods) == 1:
        energy[rows, 0] = total
        return
    seen = np.zeros((len(rows), len(periods)), bool)
    for name in held.periods(ACTIVE):
        quantity, there = held.sum(f"{ACTIVE}:{name}")
        column = _columns(plan, tariff, name, bill[rows])
        known = there[rows] & (column >= 0)
        energy[rows[known], column[known]] += quantity[rows[known]]
        seen[known, column[known]] = True
    asked = plan.in_force(tariff)[bill[rows]]
    lacking = asked & ~seen
    one = (lacking.sum(axis=1) == 1) & has_total[rows]
    rest = total - energy[rows][:, : len(periods)].sum(axis=1)
    energy[rows[one], lacking[one].argmax(axis=1)] = rest[one]
    unclear[rows] |= (lacking.any(axis=1) & ~one) | (
        ~lacking.any(axis=1) & has_total[rows] & (rest > 0) & _far(rest, total)
    )


def _far(rest: Whole, total: Whole) -> npt.NDArray[np.bool_]:
    """Whether what no period explains is more than what displays round away: a thousandth."""
    return np.asarray(rest * 1000 > total)


def _columns(plan: Plan, tariff: Tariff, name: str, bill: npt.NDArray[np.int32]) -> Whole:
    """The tariff's period of a register's name in each piece; -1 where it has none."""
    periods = tariff.calendar.periods
    if name in periods:
        return np.full(len(bill), periods.index(name), np.int64)
    seasons = plan.season_names(tariff)
    found = [periods.index(f"{season} {name}") if f"{season} {name}" in periods else -1 for season in seasons]
    return np.array(found, np.int64)[bill]


def _demand(plan: Plan, held: _Held, variant: npt.NDArray[np.int32], found: RegisterMeasured) -> None:
    for one in np.unique(variant[variant >= 0]).tolist():
        tariff = plan.variants[one]
        mine = variant == one
        for charge in tariff.maxima:
            block = charge.block_minutes or 0
            for number in demand_calendars(plan, tariff, block):
                periods = plan.calendars.list[number][0].periods
                maxima = found.demand.setdefault(
                    (number, block), np.full((len(variant), len(periods)), EMPTY, np.int64)
                )
                if not isinstance(charge, DemandCharge) or charge.kind is Kind.DEMAND_FLAT:
                    maxima[mine, 0] = held.most(DEMAND)[mine]
                    continue
                for at, name in enumerate(periods):
                    maxima[mine, at] = held.most(f"{DEMAND}:{name}")[mine]
