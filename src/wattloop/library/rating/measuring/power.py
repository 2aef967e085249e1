"""What is known of whole bills: active and reactive energy for the power factor, and the energy of all points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from wattloop.library.quantity.dayrows import ACTIVE_IN, REACTIVE
from wattloop.library.quantity.exact import across, add_at
from wattloop.library.quantity.grouping import Integers, groups, ranges
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.model import ABSENT
from wattloop.library.rating.measuring.determined import Determined, Scans, bill_keys
from wattloop.library.rating.measuring.intervals import Measured, whole_energy
from wattloop.library.rating.measuring.plan import Plan, Scan
from wattloop.library.rating.measuring.registers import RegisterMeasured, RegisterScan


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
    bill = bill_keys(plan, found.number, found.bill)
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
    rows, which = ranges(np.searchsorted(keys[order], row, "left"), np.searchsorted(keys[order], row, "right"))
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
