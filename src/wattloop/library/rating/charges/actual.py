"""Actual demand: a price per kW of the month's highest power and month.

Rule: billed is the highest average power over the block that the tariff names, or what the demand
register says; where the tariff has a floor (older practice, 40 % of the capacity in service), at
least that. The maximum is that of the bill, or of each stretch of it (`segments: {demand: segment}`).

Source: 526号 (2023) as re-posted, hungergapfarm.com/shangye/140258.html; the floor as examined in
m.zhaokaoti.com/shiti/b2079a2c55cf469ca9255746ada2a988.html: V09d.

Example: 800 kVA and a demand register of 0.152 × 1500 = 228 kW at 39 per kW: 8,892.00; with the
floor 320 kW are billed, 12,480.00.
"""

from __future__ import annotations

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.demand import known_maximum
from wattloop.library.rating.charges.intensive import relief_of
from wattloop.library.rating.charges.lines import Charge
from wattloop.library.rating.charges.monthly import at_least, monthly_line
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.compiled_basic import ActualCharge


def actual_charges(bills: Bills, tariff: Tariff, pricing: Pricing) -> list[Charge]:
    """Lines of the charges by actual demand; a bill without a maximum is held back."""
    return [_line(bills, tariff, charge, pricing) for charge in tariff.actual]


def _line(bills: Bills, tariff: Tariff, charge: ActualCharge, pricing: Pricing) -> Charge:
    maximum = known_maximum(bills, charge)
    billed = at_least(bills, maximum, charge)
    facts: dict[str, Whole | int] = {"maximum": maximum, "capacity": bills.capacity}
    relief = relief_of(bills, tariff, charge.name)
    return monthly_line(bills, charge, billed, charge.price, relief, pricing, facts)
