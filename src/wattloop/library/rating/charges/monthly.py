"""A price per unit and month, charged for the days that a quantity holds: what the basic charges share.

Neighbouring rows of one quantity are charged together, so that cutting a bill where nothing
changes alters no total: each row gets the difference of their rounded running total.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from wattloop.library.quantity.exact import narrow, wide
from wattloop.library.quantity.grouping import groups
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.periods import BillPeriod, monthly
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import Charge, scaled_price
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Kind
from wattloop.library.tariffs.compiled_basic import ActualCharge, ContractCharge

THIRTY = 30


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
        """Neighbours are adjoining rows of one pool with one quantity.

        A month of one quantity is one month, also where a price changes inside it.

        Args:
            quantity: int64[n].
            proration: "calendar-days" or "thirtieths".
        """
        changed = ~bills.adjoins
        changed[1:] |= np.diff(quantity) != 0
        begun = bills.period[np.maximum.accumulate(np.where(changed, np.arange(bills.count), 0))]
        spans, at = groups(begun, bills.period)
        shares = [share_of_months(bills.periods[a].start, bills.periods[b].end, proration) for a, b in spans.tolist()]
        unit = math.lcm(*(share.denominator for share in shares))
        through = np.array([share.numerator * (unit // share.denominator) for share in shares], np.int64)[at]
        before = np.where(changed, 0, np.concatenate([[0], through])[: bills.count])
        fresh = changed | (np.diff(bills.pool, prepend=-1) != 0)
        since = before[np.maximum.accumulate(np.where(fresh, np.arange(bills.count), 0))]
        return cls(through - since, unit, fresh)

    def step(self, running: Whole) -> Whole:
        """Each row's own part of a running total."""
        before = np.concatenate([[0], running[:-1]])[: len(running)]
        return np.asarray(np.where(self.fresh, running, running - before), np.int64)

    @property
    def own(self) -> Whole:
        """int64[n], each row's own share."""
        return self.step(self.share)

    def amount(self, quantity: Whole, price: Decimal, pricing: Pricing) -> Whole:
        """int64[n], quantity × price × the row's own share, in the smallest unit of money."""
        return self.step(pricing.shares(quantity, price, self.share, self.unit))

    def shown_price(self, price: Decimal) -> Whole | int:
        """What a line shows as its price, in 10⁻¹⁰ of the currency: its part of the month's; the amount is exact."""
        month = scaled_price(price)
        if (self.own == self.unit).all():
            return month
        return narrow((wide(self.own, 2 * month + self.unit) * 2 * month + self.unit) // (2 * self.unit))


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """Which rows pay a price times `factor`."""

    rows: Mask
    factor: Decimal


def monthly_line(
    bills: Bills,
    charge: ContractCharge | ActualCharge,
    watts: Whole,
    price: Decimal,
    relief: Relief | None,
    pricing: Pricing,
    facts: dict[str, Whole | int],
) -> Charge:
    """A line of so many W for the days of each row, each day at its part of the month's price."""
    running = RunningShare.of(bills, watts, charge.proration)
    shown, amount = running.shown_price(price), running.amount(watts, price, pricing)
    month: Whole | int = scaled_price(price)
    if relief is not None:
        less = price * relief.factor
        shown = np.where(relief.rows, running.shown_price(less), shown)
        amount = np.where(relief.rows, running.amount(watts, less, pricing), amount)
        month = np.where(relief.rows, scaled_price(less), month)
        facts = facts | {"intensive": relief.rows.astype(np.int64)}
    return Charge(
        kind=Kind.DEMAND_FLAT,
        component=charge.name,
        unit="kW",
        quantity=watts,
        price=shown,
        amount=amount,
        clause=charge.clause,
        source=bills.source,
        facts=facts
        | {
            "block": charge.block_minutes or 0,
            "month_price": month,
            "through": running.share,
            "share": running.own,
            "of": running.unit,
        },
    )


def at_least(bills: Bills, watts: Whole, charge: ContractCharge | ActualCharge) -> Whole:
    """W, at least the charge's share of the capacity in service; bills without a capacity are held back."""
    if charge.floor is None:
        return watts
    bills.hold(bills.capacity < 0, f"no capacity is agreed on, and {charge.name} has a floor by it")
    return np.maximum(watts, portion(np.maximum(bills.capacity, 0), charge.floor))


def portion(whole: Whole, share: Decimal) -> Whole:
    """A share of whole numbers, a half up."""
    top, bottom = share.as_integer_ratio()
    return narrow((wide(whole, 2 * top + bottom) * 2 * top + bottom) // (2 * bottom))


def share_of_months(start: dt.date, end: dt.date, proration: str) -> Fraction:
    """How many months the days from `start` up to, not including, `end` are charged as."""
    if proration == "calendar-days":
        return BillPeriod(start, end).share()
    whole = (Fraction(1) if p.days == p.month_days else Fraction(p.days, THIRTY) for p in monthly(start, end))
    return sum(whole, Fraction(0))
