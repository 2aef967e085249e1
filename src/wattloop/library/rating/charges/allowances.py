"""Allowances of residential tiers: more of the first tier for large households, free energy for poor ones.

Rule: a large household's bounds are raised from the bill on in which the day of its grant lies, by
so many kWh for each month of the year from that of the grant on; what earlier bills charged stays
charged, and each tier is owed what the year's energy comes to under the new bounds, less that.
Free energy is a credit for so many kWh of each month from that of the grant on, at the prices of
the first tier, shared out over the periods in proportion; what is not used is lost.

Source: the large household of V14 (woyaosouti.com/x_ask/6BvBmNw6ekwEF5cv4a.html).

Example: tiers of 2,760 and 4,800 kWh a year at 0.538, +0.05; 2,800 kWh in January cost
1,506.40 + 2.00. Granted on 15 February, 11 × 100 kWh: February's 1,200 kWh reach 4,000, of which
3,860 are in the first tier: 140 in the second, 40 of them charged: 645.60 + 5.00.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np

from wattloop.library.quantity.grouping import groups
from wattloop.library.quantity.money import Whole, split
from wattloop.library.rating.agreements.model import FOR_EVER
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import Charge, scaled_price
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Allowance, Kind, Tariff, Tiers

MONTHS = 12


def raised(bills: Bills, tiers: Tiers) -> Whole:
    """int64[n], Wh by which the bounds of each bill are raised."""
    found = np.zeros(bills.count, np.int64)
    ends = (bills.end.astype("datetime64[D]") - np.datetime64(EPOCH)).astype(np.int64)
    for allowance in tiers.allowances:
        if not allowance.add_to_first:
            continue
        granted = bills.granted(allowance.name)
        month = (np.datetime64(EPOCH) + np.minimum(granted, ends)).astype("datetime64[M]").astype(np.int64)
        begun = (bills.year - EPOCH.year) * MONTHS
        left = MONTHS - np.clip(month - begun, 0, MONTHS)
        found += np.where(granted < ends, left * allowance.add_to_first, 0)
    return found


def free_charges(bills: Bills, tariff: Tariff, pricing: Pricing) -> list[Charge]:
    """Credits for free energy, a line per period."""
    allowances = tariff.tiers.allowances if tariff.tiers is not None else ()
    return [line for one in allowances if one.free for line in _credits(bills, tariff, one, pricing)]


def _credits(bills: Bills, tariff: Tariff, allowance: Allowance, pricing: Pricing) -> list[Charge]:
    energy = bills.running(bills.energy)
    free = np.minimum(_free(bills, allowance), energy.sum(axis=1))
    credit = split(free, energy)
    found = []
    for at, period in enumerate(tariff.calendar.periods):
        price = sum((one.prices[0][at if one.by_period else 0] for one in tariff.components), Decimal(0))
        quantity = bills.step(-credit[:, at])
        found.append(
            Charge(
                kind=Kind.ADJUSTMENT,
                component=allowance.name,
                tou=period if len(tariff.calendar.periods) > 1 else None,
                unit="kWh",
                quantity=quantity,
                price=scaled_price(price),
                amount=bills.step(pricing.amount(-credit[:, at], price)),
                shown=quantity != 0,
                clause=allowance.clause,
                source=bills.source,
                facts={"granted": bills.granted(allowance.name)},
            )
        )
    return found


def _free(bills: Bills, allowance: Allowance) -> Whole:
    """int64[n], Wh free from the beginning of each pool through the row."""
    granted = np.minimum(bills.granted(allowance.name), FOR_EVER)
    pairs, at = groups(bills.period, granted)
    shares = [_months(bills.periods[p], day) for p, day in pairs.tolist()]
    unit = math.lcm(*(share.denominator for share in shares))
    own = np.array([share.numerator * (unit // share.denominator) for share in shares], np.int64)[at]
    running = bills.running(own)
    return (2 * allowance.free * running + unit) // (2 * unit)


def _months(period: BillPeriod, granted: int) -> Fraction:
    """How many months of a piece lie in or after the month of a grant."""
    if granted >= FOR_EVER:
        return Fraction(0)
    first = (EPOCH + dt.timedelta(days=max(granted, (period.start - EPOCH).days - 31))).replace(day=1)
    start = max(first, period.start)
    return BillPeriod(start, period.end).share() if start < period.end else Fraction(0)
