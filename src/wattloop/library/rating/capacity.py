"""Capacity charge: a price per kVA of the agreement's transformers and month.

Rule: the month's charge for the capacity in service; where the capacity changes inside the
month, each capacity is charged for its days, a part of a day as a day. A day is one of the
calendar month's own (2024 rules) or 1/30 of a month (1996 rules, art. 84 as examined in
32336.cn), as the tariff says; a month of one capacity is one month under both.

Source: 供电营业规则 (2024), as quoted in weikao.com/zhenti/345504; worked figures V01, V09e.

Example: 315 kVA for 17 days of May and 400 kVA for 14, at 10 per kVA: by calendar days
1,727.42 + 1,806.45 = 3,533.87; by thirtieths 1,785.00 + 1,866.67 = 3,651.67.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from wattloop.library.rating.bills import Bills
from wattloop.library.rating.lines import Charge, Mask, Whole, scaled_price
from wattloop.library.rating.periods import BillPeriod, monthly
from wattloop.library.rating.pricing import Pricing
from wattloop.library.tariffs.compiled import CapacityCharge, Kind, Tariff

THIRTY = 30


def capacity_charges(bills: Bills, tariff: Tariff, pricing: Pricing) -> list[Charge]:
    """Lines of the capacity charges; a bill without a capacity agreed on is held back."""
    return [_line(bills, charge, pricing) for charge in tariff.capacity]


def _line(bills: Bills, charge: CapacityCharge, pricing: Pricing) -> Charge:
    bills.hold(bills.capacity < 0, f"no capacity is agreed on, and {charge.name} is charged by it")
    capacity = np.maximum(bills.capacity, 0)
    running = RunningShare.of(bills, capacity, charge.proration)
    month = scaled_price(charge.price)
    # What a line shows as its price is the month's for its part of it, to 10⁻¹⁰; the amount is exact.
    price = (2 * month * running.own + running.unit) // (2 * running.unit)
    return Charge(
        kind=Kind.CAPACITY,
        component=charge.name,
        unit="kVA",
        quantity=capacity,
        price=month if (running.own == running.unit).all() else price,
        amount=running.step(pricing.shares(capacity, charge.price, running.share, running.unit)),
        clause=charge.clause,
        source="contract",
        facts={
            "month_price": month,
            "days": bills.days,
            "through": running.share,
            "share": running.own,
            "of": running.unit,
        },
    )


@dataclass(frozen=True, eq=False)
class RunningShare:
    """How many months neighbouring rows of one quantity have been charged for, row by row.

    Args:
        share: int64[n], from the first of the neighbours through the row, in units of which `unit` are a month.
        fresh: bool[n], whether a row is the first of its neighbours.
    """

    share: Whole
    unit: int
    fresh: Mask

    @classmethod
    def of(cls, bills: Bills, quantity: Whole, proration: str) -> RunningShare:
        """Neighbours are rows of one pool with one quantity."""
        fresh = np.ones(bills.count, bool)
        fresh[1:] = (np.diff(bills.pool) != 0) | (np.diff(quantity) != 0)
        begun = bills.period[np.maximum.accumulate(np.where(fresh, np.arange(bills.count), 0))]
        spans, at = np.unique(np.stack([begun, bills.period], axis=1), axis=0, return_inverse=True)
        shares = [_share(bills.periods[a].start, bills.periods[b].end, proration) for a, b in spans.tolist()]
        unit = math.lcm(*(share.denominator for share in shares))
        whole = np.array([share.numerator * (unit // share.denominator) for share in shares], np.int64)
        return cls(whole[at.reshape(-1)], unit, fresh)

    def step(self, running: Whole) -> Whole:
        """Each row's own part of a running total."""
        before = np.concatenate([[0], running[:-1]])[: len(running)]
        return np.asarray(np.where(self.fresh, running, running - before), np.int64)

    @property
    def own(self) -> Whole:
        """int64[n], each row's own share."""
        return self.step(self.share)


def _share(start: dt.date, end: dt.date, proration: str) -> Fraction:
    """How many months some days are charged as."""
    if proration == "calendar-days":
        return BillPeriod(start, end).share()
    whole = (Fraction(1) if p.days == p.month_days else Fraction(p.days, THIRTY) for p in monthly(start, end))
    return sum(whole, Fraction(0))
