"""The least a month or a year costs: a line that lifts the bill to it.

Rule: what the counted kinds come to is set against the minimum; the gap is the line.
Its price is the exact gap before rounding, its amount what the rounded lines lack, so
that the bill meets the minimum to the cent. A yearly minimum falls into the bill that
ends the year, against the year's bills and the minimums already charged in it.

Example: energy 12.34 and service 5.00 against 22.00 a month: a line of 4.66.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np

from wattloop.library.rating.bills import Bills
from wattloop.library.rating.lines import PRICE_SCALE, QUANTITY_SCALE, Charge, Whole
from wattloop.library.rating.pricing import Pricing
from wattloop.library.tariffs.compiled import Kind, Minimum, Tariff

ONE = 10**QUANTITY_SCALE


def minimum_charges(bills: Bills, tariff: Tariff, charges: list[Charge], pricing: Pricing) -> list[Charge]:
    """Lines of all minimums, the monthly ones first."""
    found: list[Charge] = []
    for minimum in sorted(tariff.minimums, key=lambda m: m.per != "month"):
        counted = [c for c in charges if c.kind in minimum.counts]
        found.append(_line(bills, minimum, counted + found, pricing))
    return found


def _line(bills: Bills, minimum: Minimum, counted: list[Charge], pricing: Pricing) -> Charge:
    amount = sum((_visible(c, c.amount) for c in counted), np.zeros(bills.count, np.int64))
    exact = sum((_visible(c, _exact(c)) for c in counted), np.zeros(bills.count, np.int64))
    if minimum.per == "year":
        amount, exact = bills.through(amount, bills.year), bills.through(exact, bills.year)
        owed = [_year_share(minimum, bills, at) for at in range(len(bills.periods))]
    else:
        owed = [minimum.price if not p.within_month else minimum.price * p.days / p.month_days for p in bills.periods]
    least = bills.of_period([pricing.round(o) for o in owed])
    least_exact = bills.of_period([int(o.scaleb(PRICE_SCALE).to_integral_value()) for o in owed])
    gap = np.maximum(least - amount, 0)
    exact_gap = np.maximum(least_exact - exact, 0)
    return Charge(
        kind=Kind.MINIMUM,
        component=minimum.name,
        unit=minimum.per,
        quantity=np.full(bills.count, ONE, np.int64),
        price=exact_gap,
        amount=gap,
        shown=gap > 0,
        clause=minimum.clause,
        source="lines",
    )


def _visible(charge: Charge, values: Whole) -> Whole:
    return values if charge.shown is None else np.where(charge.shown, values, 0)


def _exact(charge: Charge) -> Whole:
    """quantity × price in 10⁻¹⁰ of the currency, rounded there.

    Raises:
        OverflowError: where a line passes nine hundred million of the currency.
    """
    from wattloop.library.quantity.money import times

    if isinstance(charge.price, np.ndarray):
        return times(charge.quantity, QUANTITY_SCALE, charge.price, PRICE_SCALE, "up", price_scale=PRICE_SCALE)
    return times(charge.quantity, QUANTITY_SCALE, Decimal(charge.price).scaleb(-PRICE_SCALE), PRICE_SCALE, "up")


def _year_share(minimum: Minimum, bills: Bills, at: int) -> Decimal:
    """What is owed by the end of bill period `at`: nothing before the year ends."""
    period = bills.periods[at]
    if period.end != dt.date(period.start.year + 1, 1, 1):
        return Decimal(0)
    return minimum.price
