"""Tiers that fill in the order in which energy is used: which period's energy each tier got.

Days that lie wholly in one tier are added up by the engine's daily sums; only the
days on which a bound is crossed are looked at slot by slot.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.tiers import accumulation_group, bounds_of_bills
from wattloop.library.rating.measuring import determinants, engine
from wattloop.library.rating.measuring.patterns import MASKED
from wattloop.library.rating.measuring.plan import Plan, Scan
from wattloop.library.tariffs.compiled import Tariff


def fill_in_order(plan: Plan, con: Any, bills: Bills, tariff: Tariff) -> Whole:
    """Energy by tier and period for the bills of a tariff whose tiers fill in time order.

    Bills of parts with several meters, or with registers, are held back: nobody knows their order.

    Returns:
        int64[n, tiers, periods] Wh.
    """
    tiers = tariff.tiers
    assert tiers is not None
    scan, of_number, ordered = _scan(plan, bills)
    bills.hold(~ordered, "tiers in time order need one meter with intervals")
    if scan is None:
        return np.zeros((bills.count, tiers.count, bills.energy.shape[1]), np.int64)
    daily = _daily(scan, con, bills, of_number)
    bill, day, energy = daily
    total = energy.sum(axis=1)
    # Bounds may not differ by period here: time order knows one ladder.
    bounds = bounds_of_bills(bills, tariff, tiers)[:, 0, :]
    group = accumulation_group(bills, tiers)
    prior = bills.before(bills.energy_exact.sum(axis=1), group)
    fresh = np.ones(len(bill), bool)
    fresh[1:] = bill[1:] != bill[:-1]
    running = np.cumsum(total) - total
    begun = prior[bill] + running - running[np.maximum.accumulate(np.where(fresh, np.arange(len(bill)), 0))]
    ended = begun + total
    tier_begun = (begun[:, None] >= bounds[bill]).sum(axis=1)
    crossing = ((ended[:, None] > bounds[bill]) & (begun[:, None] < bounds[bill])).any(axis=1)
    result = np.zeros((bills.count, tiers.count, energy.shape[1]), np.int64)
    plain = ~crossing
    for period in range(energy.shape[1]):
        np.add.at(result[:, :, period], (bill[plain], tier_begun[plain]), energy[plain, period])
    if crossing.any():
        _cross(scan, con, bills, of_number, np.flatnonzero(crossing), bill, day, begun, bounds, result)
    return result


def _scan(plan: Plan, bills: Bills) -> tuple[Scan | None, Whole, Mask]:
    """The one meter of each part that has one: its scan, the part each leg is of, and the rows it is known for."""
    legs = plan.parts.legs
    numbers = np.unique(bills.number)
    alone = numbers[np.bincount(legs.part, minlength=len(plan.parts.agreement))[numbers] == 1]
    leg = np.flatnonzero(np.isin(legs.part, alone) & (plan.slots_of > 0))
    slots = plan.slots_of[leg]
    leg = leg[slots == slots[0]] if len(leg) else leg
    ordered = np.isin(bills.number, legs.part[leg])
    return (Scan(plan, int(slots[0]), leg) if len(leg) else None), legs.part[leg], ordered


def _daily(scan: Scan, con: Any, bills: Bills, of_number: Whole) -> tuple[Whole, Whole, Whole]:
    """Row, day and int64[rows, periods] Wh per day, sorted by row and day."""
    numbers = np.arange(len(scan.legs), dtype=np.int32)
    who = engine.hand_over(con, scan.who(numbers, scan.schedule_of, scan.reckoning))
    days = engine.hand_over(con, scan.reckoning.days)
    table = determinants.energy(scan.rows(con, scan.reckoning), who, days, scan.reckoning, by_day=True).to_pyarrow()
    day = table["day"].cast(pa.int32()).to_numpy().astype(np.int64)
    width = len(scan.plan.periods)
    keys = bills.number.astype(np.int64) * width + bills.period
    bill = np.searchsorted(keys, of_number[table["number"].to_numpy()] * width + table["bill"].to_numpy())
    order = np.lexsort((day, bill))
    periods = bills.energy.shape[1]
    energy = np.stack([table[f"e{p}"].to_numpy() for p in range(periods)], axis=1)
    return bill[order], day[order], energy[order]


def _cross(
    scan: Scan,
    con: Any,
    bills: Bills,
    of_number: Whole,
    rows: Whole,
    bill: Whole,
    day: Whole,
    begun: Whole,
    bounds: Whole,
    result: Whole,
) -> None:
    leg = np.searchsorted(of_number, bills.number[bill[rows]])
    wanted = pa.table(
        {
            "point": scan.points.take(pa.array(leg)),
            "day": pa.array(day[rows].astype(np.int32)).cast(pa.date32()),
            "row": pa.array(rows),
        }
    )
    first, last = (EPOCH + dt.timedelta(days=int(d)) for d in (day[rows].min(), day[rows].max()))
    readings = scan.plan.source.rows(con, scan.slots, first, last)
    names = slot_names(scan.slots)
    asked = engine.hand_over(con, wanted)
    found = readings.join(asked, ["point", "day"]).select("row", *names).to_pyarrow()
    row = found["row"].to_numpy()
    values = np.stack([found[n].to_numpy() for n in names], axis=1).astype(np.int64)
    schedule = scan.schedule_of[np.searchsorted(of_number, bills.number[bill[row]])]
    pattern = _patterns_of(scan, schedule, day[row], bills.period[bill[row]])
    values = np.where(pattern == MASKED, 0, values)
    before = begun[row][:, None] + np.cumsum(values, axis=1) - values
    edge = np.concatenate([np.zeros((bills.count, 1), np.int64), bounds], axis=1)[bill[row]]
    top = np.concatenate([bounds, np.full((bills.count, 1), 2**62)], axis=1)[bill[row]]
    for tier in range(edge.shape[1]):
        inside = np.maximum(
            np.minimum(before + values, top[:, tier : tier + 1]) - np.maximum(before, edge[:, tier : tier + 1]), 0
        )
        for period in range(result.shape[2]):
            np.add.at(result[:, tier, period], bill[row], np.where(pattern == period, inside, 0).sum(axis=1))


def _patterns_of(scan: Scan, schedule: npt.NDArray[np.int32], day: Whole, piece: Whole) -> Whole:
    found = np.empty((len(day), scan.slots), np.int64)
    width = len(scan.plan.periods)
    for number in np.unique(schedule).tolist():
        patterns, rows = scan.patterns[number], schedule == number
        keys = patterns.days.astype(np.int64) * width + patterns.bills
        order = np.argsort(keys)
        at = order[np.searchsorted(keys[order], day[rows] * width + piece[rows])]
        found[rows] = patterns.patterns[at]
    return found
