"""What legs counted, added up by part; and what is known of a whole bill or a whole agreement.

Points that add to a part are added, a meter in series that has its own price is taken out
of the part before it. Maximum demand is taken at each point and added (two feeds are two
demands); a meter in series takes nothing out of it.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from wattloop.library.quantity.exact import add_at
from wattloop.library.quantity.grouping import groups, ranges
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.charges.bills import EMPTY, DemandKey
from wattloop.library.rating.measuring.agreed_energy import agreed_rows, take_agreed
from wattloop.library.rating.measuring.determined import Determined, Scans, bill_keys
from wattloop.library.rating.measuring.intervals import Measured
from wattloop.library.rating.measuring.maxima import added_up
from wattloop.library.rating.measuring.plan import CONTRACT, NOT_HERE, Plan


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
    at, which = ranges(low, high)
    part, bill = parts[which], heard[at, 1]
    asked = plan.schedule_of[part] * span + bill
    at, which = ranges(np.searchsorted(listed, asked, "left"), np.searchsorted(listed, asked, "right"))
    return np.setdiff1d(part[at] * width + of[which], keys)


def _unclear(measured: Measured) -> Mask:
    return np.zeros(len(measured.number), bool) if measured.unclear is None else measured.unclear


def _lacking(plan: Plan, found: Determined, leg: Whole, piece: Whole) -> Mask:
    """Rows of bills for which fewer legs have readings than count in them.

    Args:
        leg, piece: int64[k], what was measured.
    """
    legs = plan.parts.legs
    bills, of_row = groups(bill_keys(plan, found.number, found.bill))
    rows = np.searchsorted(found.keys(len(plan.periods)), legs.part[leg] * len(plan.periods) + piece)
    distinct, _ = groups(of_row[rows], leg)
    counted = np.bincount(distinct[:, 0], minlength=len(bills))[of_row]
    measured = plan.slots_of != CONTRACT
    due = np.bincount(legs.part[measured], minlength=len(plan.parts.agreement))[found.number]
    starts = plan.days_of_pieces[found.bill]
    dated = np.flatnonzero(plan.parts.dated[found.number])
    low, high = (np.searchsorted(legs.part, found.number[dated], side) for side in ("left", "right"))
    at, own = ranges(low, high)
    row = dated[at]
    there = measured[own] & (legs.start[own] <= starts[row]) & (legs.end[own] > starts[row])
    ever, _ = groups(of_row[row[there]], own[there])
    due[dated] = np.bincount(ever[:, 0], minlength=len(bills))[of_row[dated]]
    return np.asarray(counted < due)
