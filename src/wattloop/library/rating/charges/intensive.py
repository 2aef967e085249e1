"""The 260 rule: who uses much of a small capacity pays a smaller price for demand.

Rule: in a month in which the energy of all the agreement's points reaches 260 kWh per kVA of its
capacity, the price per kW counts at 90 %. Energy is rounded as it is billed; where the capacity
changes inside the bill, or the bill covers parts of months, each capacity counts for its months.

Source: the notice of 2023 as posted in yctzcsy.com/hyxw/1919.html: V24.

Example: 1,000 kVA: 260,000 kWh cost 0.9 of the price, 259,999 kWh the whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wattloop.library.rating.charges.bills import Bills, rounded_energy
from wattloop.library.rating.charges.monthly import Relief, RunningShare
from wattloop.library.tariffs.compiled import Tariff

VA = 1000  # of a kVA
LIMIT = 2**62


def relief_of(bills: Bills, tariff: Tariff, charge: str) -> Relief | None:
    """The relief that the tariff gives for a charge; None where it gives none."""
    rule = tariff.intensive
    if rule is None or charge not in rule.applies_to:
        return None
    if bills.whole is None:
        msg = "intensive use needs the energy of whole bills"
        raise ValueError(msg)
    # Also where another tariff prices those days: the energy is that of the whole bill.
    known = bills.in_bill(bills.capacity, np.minimum)
    bills.hold(known < 0, "no capacity is agreed on, and intensive use is told by it")
    capacity = np.maximum(bills.capacity, 0)
    months = RunningShare.of(bills, bills.capacity, "calendar-days")
    used = rounded_energy(bills.whole, bills.rounding)
    most = max(int(capacity.max(initial=0)) * rule.energy_per_kva * bills.count, int(used.max(initial=0)) * VA)
    # Python's integers where a product might pass 64 bits.
    of: Any = np.int64 if most * months.unit * int(months.own.max(initial=1)) < LIMIT else object
    # Rows of one bill stand under one sum, whichever variant prices them.
    due = bills.in_bill(capacity.astype(of) * rule.energy_per_kva * months.own)
    return Relief(np.asarray((used.astype(of) * VA * months.unit >= due) & (due > 0), np.bool_), rule.factor)
