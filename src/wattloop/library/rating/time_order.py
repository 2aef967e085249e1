"""Tiers that fill in the order in which energy is used: which period's energy each tier got.

Days that lie wholly in one tier are added up by the engine's daily sums; only the
days on which a bound is crossed are looked at slot by slot.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa

from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.rating import determinants, engine
from wattloop.library.rating.bills import Bills
from wattloop.library.rating.lines import Whole
from wattloop.library.rating.measuring import EPOCH, Plan
from wattloop.library.rating.patterns import MASKED
from wattloop.library.rating.tiers import accumulation_group, upper_bounds
from wattloop.library.tariffs.compiled import Tariff


def fill_in_order(plan: Plan, con: Any, bills: Bills, tariff_index: int) -> Whole:
    """Energy by tier and period for the bills of a tariff whose tiers fill in time order.

    Returns:
        int64[n, tiers, periods] Wh.
    """
    tariff = plan.tariffs[tariff_index]
    tiers = tariff.tiers
    assert tiers is not None
    daily = _daily(plan, con, bills, tariff_index)
    bill, day, energy = daily
    total = energy.sum(axis=1)
    # Bounds may not differ by period here: time order knows one ladder.
    bounds = upper_bounds(bills, tariff, tiers)[:, 0, :]
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
        _cross(plan, con, bills, tariff, np.flatnonzero(crossing), bill, day, begun, bounds, result)
    return result


def _daily(plan: Plan, con: Any, bills: Bills, tariff_index: int) -> tuple[Whole, Whole, Whole]:
    """Bill, day and int64[rows, periods] Wh per day, sorted by bill and day."""
    numbers = np.unique(bills.number)
    calendars = np.full(len(numbers), plan.main[tariff_index], np.int32)
    who = engine.hand_over(con, plan.who(numbers, calendars, plan.reckoning))
    days = engine.hand_over(con, plan.reckoning.days)
    table = determinants.energy(plan.rows(con, plan.reckoning), who, days, plan.reckoning, by_day=True).to_pyarrow()
    day = table["day"].cast(pa.int32()).to_numpy().astype(np.int64)
    width = len(plan.periods)
    keys = bills.number.astype(np.int64) * width + bills.period
    bill = np.searchsorted(keys, table["number"].to_numpy().astype(np.int64) * width + table["bill"].to_numpy())
    order = np.lexsort((day, bill))
    periods = bills.energy.shape[1]
    energy = np.stack([table[f"e{p}"].to_numpy() for p in range(periods)], axis=1)
    return bill[order], day[order], energy[order]


def _cross(
    plan: Plan,
    con: Any,
    bills: Bills,
    tariff: Tariff,
    rows: Whole,
    bill: Whole,
    day: Whole,
    begun: Whole,
    bounds: Whole,
    result: Whole,
) -> None:
    wanted = pa.table(
        {
            "point": plan.points.take(pa.array(bills.number[bill[rows]])),
            "day": pa.array(day[rows].astype(np.int32)).cast(pa.date32()),
            "row": pa.array(rows),
        }
    )
    first, last = (EPOCH + dt.timedelta(days=int(d)) for d in (day[rows].min(), day[rows].max()))
    readings = plan.source.rows(con, plan.slots, first, last)
    names = slot_names(plan.slots)
    asked = engine.hand_over(con, wanted)
    found = readings.join(asked, ["point", "day"]).select("row", *names).to_pyarrow()
    row = found["row"].to_numpy()
    values = np.stack([found[n].to_numpy() for n in names], axis=1).astype(np.int64)
    number = plan.calendars.number(tariff.calendar, tariff.id)
    pattern = _patterns_of(plan, number, day[row], bills.period[bill[row]])
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


def _patterns_of(plan: Plan, calendar: int, day: Whole, bill_period: Whole) -> Whole:
    patterns = plan.patterns[calendar]
    width = len(plan.periods)
    keys = patterns.days.astype(np.int64) * width + patterns.bills
    order = np.argsort(keys)
    at = order[np.searchsorted(keys[order], day * width + bill_period)]
    return patterns.patterns[at].astype(np.int64)
