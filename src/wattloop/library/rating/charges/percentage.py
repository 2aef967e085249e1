"""Adjustments, surcharges and taxes in percent of other lines.

Rule: the base is the sum of the rounded lines it names; the line's quantity is that
base in the currency, its price the rate. A tax inside the prices changes no total:
its line has price and amount 0, and its quantity is the tax contained, base × r / (1 + r).

Example: 13 % on top of 100.00 is 13.00; 13 % inside 113.00 is 13.00 contained, 0.00 added.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from wattloop.library.quantity.exact import added
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import Charge, scaled_price
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Kind, Tariff

LIMIT = 2**61


def percentage_charges(bills: Bills, tariff: Tariff, charges: list[Charge], pricing: Pricing) -> list[Charge]:
    """Lines of percentages of other lines, in the tariff's order; each sees those before it."""
    found: list[Charge] = []
    for percent in tariff.percentages:
        base = _sum(bills, [c for c in charges + found if c.is_of(percent.of)])
        found.append(
            _line(bills, percent.kind, percent.name, base, percent.rate, percent.clause, tariff.currency, pricing)
        )
    return found


def tax_charges(bills: Bills, tariff: Tariff, charges: list[Charge], pricing: Pricing) -> list[Charge]:
    """Lines of taxes, on top of the others or contained in them."""
    found = []
    for tax in tariff.taxes:
        base = _sum(bills, [c for c in charges if tax.of is None or c.is_of(tax.of)])
        if not tax.included:
            found.append(_line(bills, Kind.TAX, tax.name, base, tax.rate, tax.clause, tariff.currency, pricing))
            continue
        contained = bills.step(_contained(bills.running(base), tax.rate, pricing))
        found.append(
            Charge(
                kind=Kind.TAX,
                component=tax.name,
                unit=f"{tariff.currency} included",
                quantity=pricing.thousandths(contained),
                price=0,
                amount=np.zeros(bills.count, np.int64),
                clause=tax.clause,
                source="lines",
                facts={"base": base},
            )
        )
    return found


def _line(
    bills: Bills, kind: Kind, name: str, base: Whole, rate: Decimal, clause: str, currency: str, pricing: Pricing
) -> Charge:
    quantity = pricing.thousandths(base)
    return Charge(
        kind, name, currency, quantity, scaled_price(rate), pricing.in_bill(bills, quantity, rate), clause, "lines"
    )


def _sum(bills: Bills, charges: list[Charge]) -> Whole:
    return added([charge.visible(charge.amount) for charge in charges], bills.count)


def _contained(base: Whole, rate: Decimal, pricing: Pricing) -> Whole:
    """base × r / (1 + r) in the smallest unit of money, rounded by the tariff's rule."""
    numerator, denominator = rate.as_integer_ratio()
    step = int(pricing.step.scaleb(pricing.digits))
    # Python's integers where the product might pass 64 bits.
    of: Any = np.int64 if int(np.abs(base).max(initial=0)) * numerator < LIMIT else object
    top, by = np.abs(base).astype(of) * numerator, (denominator + numerator) * step
    whole, twice = top // by, top % by * 2
    up = (twice > by) | ((twice == by) & (whole % 2 == 1)) if pricing.half == "even" else twice >= by
    return np.asarray(np.sign(base) * (whole + up) * step, np.int64)
