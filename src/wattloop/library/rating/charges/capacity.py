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

import numpy as np

from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import Charge, scaled_price
from wattloop.library.rating.charges.monthly import RunningShare
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Kind, Tariff
from wattloop.library.tariffs.compiled_basic import CapacityCharge


def capacity_charges(bills: Bills, tariff: Tariff, pricing: Pricing) -> list[Charge]:
    """Lines of the capacity charges; a bill without a capacity agreed on is held back."""
    return [_line(bills, charge, pricing) for charge in tariff.capacity]


def _line(bills: Bills, charge: CapacityCharge, pricing: Pricing) -> Charge:
    bills.hold(bills.capacity < 0, f"no capacity is agreed on, and {charge.name} is charged by it")
    capacity = np.maximum(bills.capacity, 0)
    running = RunningShare.of(bills, capacity, charge.proration)
    return Charge(
        kind=Kind.CAPACITY,
        component=charge.name,
        unit="kVA",
        quantity=capacity,
        price=running.shown_price(charge.price),
        amount=running.amount(capacity, charge.price, pricing),
        clause=charge.clause,
        source="contract",
        facts={
            "month_price": scaled_price(charge.price),
            "days": bills.days,
            "through": running.share,
            "share": running.own,
            "of": running.unit,
        },
    )
