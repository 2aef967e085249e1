"""The least a month or a year costs: a line that lifts the bill to it.

Rule: what the counted kinds come to is set against the minimum; the gap is the line.
Its price is the exact gap before rounding, its amount what the rounded lines lack, so
that the bill meets the minimum to the cent. A bill over parts of months owes as much of
a monthly minimum. A yearly minimum falls into the bill that ends the year or the
tariff's validity, against the year's bills under the tariff and the minimums already
charged in it; a tariff in force for part of a year owes that part of its days.

Example: energy 12.34 and service 5.00 against 22.00 a month: a line of 4.66.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.exact import added
from wattloop.library.quantity.money import times
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import PRICE_SCALE, QUANTITY_SCALE, Charge, scaled_price
from wattloop.library.rating.charges.pricing import Pricing, part_of
from wattloop.library.tariffs.compiled import Kind, Minimum, Tariff

ONE = 10**QUANTITY_SCALE
LIMIT = 2**62


def minimum_charges(bills: Bills, tariff: Tariff, charges: list[Charge], pricing: Pricing) -> list[Charge]:
    """Lines of all minimums, the monthly ones first."""
    found: list[Charge] = []
    for minimum in sorted(tariff.minimums, key=lambda m: m.per != "month"):
        counted = [c for c in charges if c.is_of(minimum.counts)]
        found.append(_line(bills, minimum, counted + found, tariff, pricing))
    return found


def _line(bills: Bills, minimum: Minimum, counted: list[Charge], tariff: Tariff, pricing: Pricing) -> Charge:
    amount = added([c.visible(c.amount) for c in counted], bills.count)
    exact = _exact(bills, counted, pricing)
    if minimum.per == "year":
        # Months before the tariff came into force are there for tiers that run on; another version charged them.
        since = bills.of_period([int(p.start >= (tariff.valid_from or p.start)) for p in bills.periods])
        under = since * (bills.mine | (bills.bill < 0))
        amount, exact = bills.through(amount * under, bills.year), bills.through(exact * under, bills.year)
        ends = [_at_the_end(tariff, p) for p in bills.periods]
        due, number, owed = bills.of_period([o is not None for o in ends]) > 0, bills.period, ends
    else:
        # A bill that is cut owes one minimum, in its last piece.
        amount, exact = bills.running(amount), bills.running(exact)
        shares = [p.share() for p in bills.periods]
        of = math.lcm(*(share.denominator for share in shares))
        share = bills.running(bills.of_period([s.numerator * (of // s.denominator) for s in shares]))
        distinct, at = np.unique(share, return_inverse=True)
        due, number = bills.ends_pool, at.reshape(-1).astype(np.int32)
        owed = [Fraction(s, of) for s in distinct.tolist()]
    price = [part_of(minimum.price, share or Fraction(0)) for share in owed]
    least = np.array([pricing.round(p) for p in price], np.int64)[number]
    least_exact = np.array([int(p.scaleb(PRICE_SCALE).to_integral_value()) for p in price], np.int64)[number]
    share = np.array([s.as_integer_ratio() if s else (0, 1) for s in owed], np.int64)[number]
    gap = np.where(due, np.maximum(least - amount, 0), 0)
    return Charge(
        kind=Kind.MINIMUM,
        component=minimum.name,
        unit=minimum.per,
        quantity=np.full(bills.count, ONE, np.int64),
        price=np.where(gap > 0, np.maximum(least_exact - exact, 0), 0).astype(np.int64),
        amount=gap,
        shown=gap > 0,
        clause=minimum.clause,
        source="lines",
        facts={
            "full_price": scaled_price(minimum.price),
            "share": share[:, 0],
            "of": share[:, 1],
            "counted": np.asarray(amount, np.int64),
        },
    )


def _exact(bills: Bills, charges: list[Charge], pricing: Pricing) -> npt.NDArray[Any]:
    """quantity × price of all charges together in 10⁻¹⁰ of the currency: 64 bits, or Python's integers where a
    year of them might not fit."""
    most = sum(int(np.abs(c.amount).max(initial=0)) + 1 for c in charges) * len(bills.periods)
    of: Any = np.int64 if most * 10 ** (PRICE_SCALE - pricing.digits) < LIMIT else object
    total = np.zeros(bills.count, of)
    for charge in charges:
        if of is object:
            product = charge.quantity.astype(object) * charge.price
            total = total + charge.visible((product + ONE // 2) // ONE)
        else:
            price: Any = charge.price if isinstance(charge.price, np.ndarray) else Decimal(charge.price)
            total = total + charge.visible(times(charge.quantity, QUANTITY_SCALE, price, 0, price_scale=0))
    return total


def _at_the_end(tariff: Tariff, period: BillPeriod) -> Fraction | None:
    """How much of a yearly minimum is owed in the bill that ends the year, or the tariff; None in any other."""
    new_year = dt.date(period.start.year, 1, 1)
    next_year = dt.date(period.start.year + 1, 1, 1)
    begin = max(new_year, tariff.valid_from or new_year)
    end = min(next_year, tariff.valid_to + dt.timedelta(days=1)) if tariff.valid_to else next_year
    if period.end != end:
        return None
    return Fraction((end - begin).days, (next_year - new_year).days)
