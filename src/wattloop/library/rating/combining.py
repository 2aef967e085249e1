"""What legs counted, added up by part; and what is known of a whole bill or a whole agreement.

Points that add to a part are added, a meter in series that has its own price is taken out
of the part before it. Maximum demand is taken at each point and added (two feeds are two
demands); a meter in series takes nothing out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.rating.agreed_energy import agreed_rows, take_agreed
from wattloop.library.rating.agreements import ABSENT
from wattloop.library.rating.bills import DemandKey
from wattloop.library.rating.exact import across, add_at
from wattloop.library.rating.grouping import Integers, groups
from wattloop.library.rating.lines import Mask, Whole
from wattloop.library.rating.maxima import added_up
from wattloop.library.rating.measuring import EMPTY, Measured, whole_energy
from wattloop.library.rating.plan import CONTRACT, NOT_HERE, Plan, Scan
from wattloop.library.rating.register_measuring import RegisterMeasured, RegisterScan

REACTIVE = ("reactive_in", "reactive_out")
Scans = list[tuple[Scan | RegisterScan, Measured]]


@dataclass(eq=False)
class Determined(Measured):
    """Determinants of parts: as `Measured`, and what the whole bill comes to.

    Args:
        lacking: bool[n], rows of which some leg has no readings at all.
        unplaced: bool[n], rows with energy agreed on in a period that their tariff does not have; None where none has.
        reactive: int64[n], varh in and out, of the bill that each row is part of; ABSENT where unknown.
        active: int64[n], Wh of that bill on the meters that `reactive` was measured on.
        whole: int64[n], Wh of that bill over all points of the agreement.
    """

    lacking: Mask = field(default_factory=lambda: np.zeros(0, bool))
    unplaced: Mask | None = None
    reactive: Whole | None = None
    active: Whole | None = None
    whole: Whole | None = None


def combine(plan: Plan, scans: Scans) -> Determined:
    """Add up the legs of each part.

    Args:
        plan: the parts.
        scans: what was measured of all their legs.
    """
    if len(scans) == 1 and not plan.cut and plan.direct(scans[0][0].slots):
        return _as_measured(scans[0][1])
    legs, pieces = plan.parts.legs, len(plan.periods)
    leg = np.concatenate([np.empty(0, np.int64), *(scan.legs[m.number] for scan, m in scans)])
    bill = np.concatenate([np.empty(0, np.int64), *(m.bill for _, m in scans)])
    keys = legs.part[leg] * pieces + bill
    agreed = agreed_rows(plan)
    silent = _silent(plan, np.concatenate([keys, agreed]))
    if len(scans) == 1 and plan.direct(scans[0][0].slots) and not len(silent):
        return _as_measured(scans[0][1])
    distinct, at = np.unique(np.concatenate([keys, silent, agreed]), return_inverse=True)
    at = at.reshape(-1)[: len(keys)]
    width = max(len(calendar.periods) for calendar, _ in plan.calendars.list)
    found = Determined(
        number=(distinct // pieces).astype(np.int32),
        bill=(distinct % pieces).astype(np.int32),
        slots=np.zeros(len(distinct), np.int64),
        expected=np.zeros(len(distinct), np.int64),
        energy=np.zeros((len(distinct), width), np.int64),
    )
    sign = legs.sign[leg]
    demand: dict[DemandKey, Whole] = {}
    first = 0
    for _, m in scans:
        mine = slice(first, first + len(m.number))
        first += len(m.number)
        np.add.at(found.slots, at[mine], m.slots)
        np.add.at(found.expected, at[mine], m.expected)
        add_at(found.energy[:, : m.energy.shape[1]], at[mine], m.energy * sign[mine, None])
        for key, maxima in m.demand.items():
            demand.setdefault(key, np.full((len(keys), maxima.shape[1]), EMPTY, np.int64))[mine] = maxima
    plus = np.flatnonzero(sign > 0)
    demand = {key: maxima[plus] for key, maxima in demand.items()}
    rows = found.number.astype(np.int64), found.bill.astype(np.int64)
    found.demand = added_up(plan, rows, leg[plus], at[plus], demand) if demand else {}
    found.lacking = _lacking(plan, found, leg, bill)
    unclear = np.concatenate([np.empty(0, bool), *(_unclear(m) for _, m in scans)])
    if unclear.any():
        found.unclear = np.zeros(len(distinct), bool)
        found.unclear[at[unclear]] = True
    for why in dict.fromkeys(why for _, m in scans for why in m.unmeasured):
        lacks = np.concatenate([m.unmeasured.get(why, np.zeros(len(m.number), bool)) for _, m in scans])
        found.unmeasured[why] = np.zeros(len(distinct), bool)
        found.unmeasured[why][at[lacks & (sign > 0)]] = True
    take_agreed(plan, found)
    return found


def _as_measured(measured: Measured) -> Determined:
    """What legs that are the parts themselves counted."""
    given = {part.name: getattr(measured, part.name) for part in fields(Measured)}
    return Determined(**given, lacking=np.zeros(len(measured.number), bool))


def _silent(plan: Plan, keys: Whole) -> Whole:
    """The other pieces of bills, of all their parts: all of a bill is billed, or nothing. History has no bill.

    Args:
        keys: part × pieces + piece of what is known; the others are told alike.
    """
    width, span = len(plan.periods), int(plan.bill_of_pieces.max()) + 1
    schedule, of = np.nonzero((plan.variant_at != NOT_HERE) & plan.wanted)
    listed = schedule * span + plan.bill_of_pieces[of]
    in_pieces = np.isin(np.arange(len(plan.schedules)), schedule[1:][listed[1:] == listed[:-1]])
    some = plan.several | in_pieces[plan.schedule_of]  # the bills of others are one piece each
    keys = keys[some[keys // width] & plan.wanted[keys % width]]
    agreement, parts = plan.parts.agreement, np.argsort(plan.parts.agreement, kind="stable")
    heard, _ = groups(agreement[keys // width], plan.bill_of_pieces[keys % width])
    low, high = (np.searchsorted(agreement[parts], heard[:, 0], side) for side in ("left", "right"))
    at, which = _ranges(low, high)
    part, bill = parts[which], heard[at, 1]
    asked = plan.schedule_of[part] * span + bill
    at, which = _ranges(np.searchsorted(listed, asked, "left"), np.searchsorted(listed, asked, "right"))
    return np.setdiff1d(part[at] * width + of[which], keys)


def _unclear(measured: Measured) -> Mask:
    return np.zeros(len(measured.number), bool) if measured.unclear is None else measured.unclear


def _ranges(low: Whole, high: Whole) -> tuple[Whole, Whole]:
    """The numbers from each `low` up to its `high`, and for each of them which of the ranges it is in."""
    count = high - low
    at = np.repeat(np.arange(len(low)), count)
    return at, low[at] + np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)


def _lacking(plan: Plan, found: Determined, leg: Whole, piece: Whole) -> Mask:
    """Rows of bills for which fewer legs have readings than count in them.

    Args:
        leg, piece: int64[k], what was measured.
    """
    legs = plan.parts.legs
    bills, of_row = groups(_bill_keys(plan, found.number, found.bill))
    rows = np.searchsorted(found.keys(len(plan.periods)), legs.part[leg] * len(plan.periods) + piece)
    distinct, _ = groups(of_row[rows], leg)
    counted = np.bincount(distinct[:, 0], minlength=len(bills))[of_row]
    measured = plan.slots_of != CONTRACT
    due = np.bincount(legs.part[measured], minlength=len(plan.parts.agreement))[found.number]
    starts = plan.days_of_pieces[found.bill]
    dated = np.flatnonzero(plan.parts.dated[found.number])
    low, high = (np.searchsorted(legs.part, found.number[dated], side) for side in ("left", "right"))
    at, own = _ranges(low, high)
    row = dated[at]
    there = measured[own] & (legs.start[own] <= starts[row]) & (legs.end[own] > starts[row])
    ever, _ = groups(of_row[row[there]], own[there])
    due[dated] = np.bincount(ever[:, 0], minlength=len(bills))[of_row[dated]]
    return np.asarray(counted < due)


def _bill_keys(plan: Plan, number: npt.NDArray[np.int32], piece: npt.NDArray[np.int32]) -> Whole:
    """int64[n], equal where pieces are of one part and bill."""
    found: Whole = number.astype(np.int64) * 2**32 + plan.bill_of_pieces[piece] + 2**31
    return found


def know_bills(plan: Plan, found: Determined, scans: Scans, con: Any) -> None:
    """Find what some tariffs ask of whole bills: reactive energy, and the energy of all points together."""
    tariffs = [plan.variants[v] for v in np.unique(plan.variant_at[plan.variant_at >= 0]).tolist()]
    if any(t.asks_whole for t in tariffs):
        found.whole = _over_agreement(plan, found)
    if any(t.power_factor is not None for t in tariffs):
        _power(plan, found, scans, con)


def _over_agreement(plan: Plan, found: Determined) -> Whole:
    """Energy of the agreement in the bill of each row; a meter in series is in it once, as its parts cancel."""
    bill = plan.bill_of_pieces[found.bill]
    key = plan.parts.agreement[found.number] * 2**32 + bill + 2**31
    alike, at = groups(key)
    total = np.zeros(len(alike), np.int64)
    add_at(total, at, across(found.energy))
    return total[at]


def _power(plan: Plan, found: Determined, scans: Scans, con: Any) -> None:
    """Active and reactive energy of each row's bill on the meters that stand first, whatever is behind them.

    Absolute sum of reactive energy in and out: (83)水电财字215号. Unknown is that of bills in which
    one of the meters has active readings and no reactive ones.
    """
    legs, pieces = plan.parts.legs, len(plan.periods)
    leg, piece, quantity, reactive = _of_legs(plan, scans, con)
    row, which = _rows_of_meters(plan, found, legs.part[leg] * pieces + piece)
    variant = plan.variant_at[plan.schedule_of[found.number], found.bill]
    apart = np.array([t.power_factor is not None and t.power_factor.over == "segment" for t in plan.variants], bool)
    bill = _bill_keys(plan, found.number, found.bill)
    told = leg[which], quantity[which], reactive[which]
    found.active, found.reactive = _weighed((bill,), row, *told)
    if apart[variant].any():
        # Where each version of a tariff weighs its own days, those of one are told apart from the bill's others.
        active, other = _weighed((bill, variant), row, *told)
        found.active = np.where(apart[variant], active, found.active)
        found.reactive = np.where(apart[variant], other, found.reactive)


def _weighed(
    together: tuple[Integers, ...], row: Whole, leg: Whole, quantity: Whole, weighs: Mask
) -> tuple[Whole, Whole]:
    """int64[n] Wh and varh of the rows that are weighed together (equal in `together`), at each of them.

    Args:
        row, leg, quantity, weighs: the row that each quantity counts in, its meter, and whether it is reactive.
    """
    alike, at = groups(*together)
    count = len(alike)
    active, other = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for total, mine in ((active, ~weighs), (other, weighs)):
        add_at(total, at[row[mine]], quantity[mine])
    known, _ = groups(at[row][weighs], leg[weighs])
    with_reactive = np.bincount(known[:, 0], minlength=count)
    both, _ = groups(at[row], leg)
    clear = (with_reactive > 0) & (np.bincount(both[:, 0], minlength=count) == with_reactive)
    return active[at], np.where(clear, other, ABSENT)[at]


def _of_legs(plan: Plan, scans: Scans, con: Any) -> tuple[Whole, Whole, Whole, Mask]:
    """Leg, piece, Wh or varh, and whether it is reactive: all that meters say of the power factor."""
    parts = [
        (leg, piece, energy, np.full(len(leg), c != ACTIVE_IN))
        for c, leg, piece, energy in counted_power(plan, scans, con)
    ]
    leg, piece, quantity = (np.concatenate([np.empty(0, np.int64), *(p[i] for p in parts)]) for i in range(3))
    return leg, piece, quantity, np.concatenate([np.empty(0, bool), *(p[3] for p in parts)])


def _rows_of_meters(plan: Plan, found: Determined, keys: Whole) -> tuple[Whole, Whole]:
    """Which quantities count in which rows.

    Args:
        keys: int64[k], part × pieces + piece of each quantity.

    Returns:
        int64[m] rows and int64[m] quantities that belong together.
    """
    order = np.argsort(keys, kind="stable")
    row = first_part(plan)[found.number] * len(plan.periods) + found.bill
    rows, which = _ranges(np.searchsorted(keys[order], row, "left"), np.searchsorted(keys[order], row, "right"))
    return rows, order[which]


def first_part(plan: Plan) -> Whole:
    """int64[parts], the part whose meters stand first before each."""
    root = np.arange(len(plan.parts.agreement))
    while (behind := plan.parts.before[root] != ABSENT).any():
        root = np.where(behind, plan.parts.before[root], root)
    return root


def counted_power(plan: Plan, scans: Scans, con: Any) -> Iterator[tuple[str, Whole, Whole, Whole]]:
    """What the power factor is told from, as legs counted it: channel, int64[k] legs, pieces, Wh or varh above zero."""
    legs = plan.parts.legs
    weighs = np.array([t.power_factor is not None for t in plan.variants], bool)
    asked = np.isin(plan.schedule_of, np.flatnonzero([any(weighs[v] for _, v in s) for s in plan.schedules]))
    asked = np.isin(plan.parts.agreement, plan.parts.agreement[asked])
    for scan, measured in scans:
        if isinstance(scan, RegisterScan):
            yield from _registered_power(plan, scan, measured)
            continue
        chosen = np.flatnonzero(asked[legs.part[scan.legs]] & (legs.sign[scan.legs] > 0))
        if not len(chosen):
            continue
        mine = np.isin(measured.number, chosen)
        yield (
            ACTIVE_IN,
            scan.legs[measured.number[mine]],
            measured.bill[mine].astype(np.int64),
            across(measured.energy[mine]),
        )
        yield from _reactive_power(plan, scan, measured, con, chosen)


def _reactive_power(
    plan: Plan, scan: Scan, measured: Measured, con: Any, chosen: Whole
) -> Iterator[tuple[str, Whole, Whole, Whole]]:
    """Reactive energy of intervals, of meters that have as many of these readings in a bill as of active ones.

    Fewer tell of some of its days alone, which would make its factor better than it is: it is unknown.
    """
    pieces = len(plan.periods)
    bills, of_piece = np.unique(plan.bill_of_pieces, return_inverse=True)

    def in_bill(leg: Integers, piece: Integers) -> Whole:
        return np.asarray(leg.astype(np.int64) * len(bills) + of_piece.reshape(-1)[piece], np.int64)

    count = len(scan.legs) * len(bills)
    due = np.bincount(in_bill(measured.number, measured.bill), measured.slots, count)
    partly, found = np.zeros(count, bool), []
    for channel in REACTIVE:
        if scan.slots in plan.source.slot_counts(channel):
            keys, slots, energy = whole_energy(scan, con, channel, chosen)
            leg, piece = np.divmod(keys, pieces)
            there = np.bincount(in_bill(leg, piece), slots, count)
            partly |= (there > 0) & (there < due)
            found.append((channel, leg, piece, np.abs(energy)))
    for channel, leg, piece, energy in found:
        whole = ~partly[in_bill(leg, piece)]
        yield channel, scan.legs[leg[whole]], piece[whole], energy[whole]


def _registered_power(plan: Plan, scan: RegisterScan, measured: Measured) -> Iterator[tuple[str, Whole, Whole, Whole]]:
    assert isinstance(measured, RegisterMeasured)
    assert measured.active is not None
    assert measured.reactive is not None
    assert measured.power_known is not None
    leg, piece = scan.legs[measured.number], measured.bill.astype(np.int64)
    plus = plan.parts.legs.sign[leg] > 0
    yield ACTIVE_IN, leg[plus], piece[plus], measured.active[plus]
    plus &= measured.power_known
    yield REACTIVE[0], leg[plus], piece[plus], measured.reactive[plus]
