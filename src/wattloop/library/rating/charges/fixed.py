"""Fixed charges per day, month or year, and what part of one a part of a month pays.

Rule: shares are taken as differences of the rounded running total, so that the parts
of a month add up to the month and the months of a year to the year, to the cent.

Example: 100.00 a year over twelve months: 8.33, 8.34, 8.33, … which add up to 100.00.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.periods import BillPeriod, monthly
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import PRICE_SCALE, Charge, scaled_price
from wattloop.library.rating.charges.pricing import Pricing, part_of
from wattloop.library.tariffs.compiled import FixedCharge, Kind, Tariff

THOUSAND = 1000


def fixed_charges(bills: Bills, tariff: Tariff, pricing: Pricing) -> list[Charge]:
    """Lines of all fixed charges; one that does not apply in a month is left out there."""
    found: list[Charge] = []
    for fixed in tariff.fixed:
        found += [_per_day(bills, fixed, pricing)] if fixed.per == "day" else _per_month_or_year(bills, fixed, pricing)
    return found


def _per_day(bills: Bills, fixed: FixedCharge, pricing: Pricing) -> Charge:
    days = bills.of_period([sum(m.days for m in _months_of(p) if m.start.month in fixed.months) for p in bills.periods])
    return _line(
        fixed,
        "day",
        days * THOUSAND,
        scaled_price(fixed.price),
        pricing.in_bill(bills, days * THOUSAND, fixed.price),
        days > 0,
    )


def _per_month_or_year(bills: Bills, fixed: FixedCharge, pricing: Pricing) -> list[Charge]:
    """One column for the bills that pay the whole charge, one for those that pay a part of it."""
    parts = [_due(fixed, p, pricing) for p in bills.periods]
    amount = bills.of_period([part for part, _ in parts])
    whole = [_is_whole(fixed, p) for p in bills.periods]
    to_price = 10 ** (PRICE_SCALE - pricing.digits)
    quantity = np.full(bills.count, THOUSAND, np.int64)
    found = []
    for wanted, unit in ((True, fixed.per), (False, f"part of {fixed.per}")):
        chosen = [due and w is wanted for (_, due), w in zip(parts, whole, strict=True)]
        if any(chosen):
            price = scaled_price(fixed.price) if wanted else amount * to_price
            found.append(_line(fixed, unit, quantity, price, amount, bills.of_period([int(c) for c in chosen]) > 0))
    return found


def _line(fixed: FixedCharge, unit: str, quantity: Whole, price: Whole | int, amount: Whole, shown: Mask) -> Charge:
    return Charge(Kind.FIXED, fixed.name, unit, quantity, price, amount, fixed.clause, "contract", shown=shown)


def _months_of(period: BillPeriod) -> list[BillPeriod]:
    return monthly(period.start, period.end)


def _is_whole(fixed: FixedCharge, period: BillPeriod) -> bool:
    if fixed.per == "year":
        return fixed.in_month is not None
    return period.days == period.month_days and period.start.day == 1


def _due(fixed: FixedCharge, period: BillPeriod, pricing: Pricing) -> tuple[int, bool]:
    """Amount in the smallest unit of money, and whether anything falls due."""
    edges = shares_due(fixed, period)
    total = sum(
        pricing.round(part_of(fixed.price, ended)) - pricing.round(part_of(fixed.price, begun))
        for begun, ended in edges
    )
    return total, bool(edges)


def shares_due(fixed: FixedCharge, period: BillPeriod) -> list[tuple[Fraction, Fraction]]:
    """Month by month, how much of a monthly or yearly charge is due when the period's days begin and when they end."""
    found = []
    for part in _months_of(period):
        if part.start.month not in fixed.months:
            continue
        if fixed.per == "year" and fixed.in_month is not None:
            if part.start.month == fixed.in_month and part.start.day == 1:
                found.append((Fraction(0), Fraction(1)))
            continue
        order, count = 0, 1
        if fixed.per == "year":
            charged = sorted(fixed.months)
            order, count = charged.index(part.start.month), len(charged)
        begun = part.start.day - 1
        low, high = (
            Fraction(order * part.month_days + day, count * part.month_days) for day in (begun, begun + part.days)
        )
        found.append((low, high))
    return found
