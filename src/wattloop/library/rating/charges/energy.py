"""Energy charges: every component of the price over the energy it depends on.

Rule: amount = kWh × price, rounded per line as the tariff says. A component that
floats with time of use has a line per period; one that climbs has a line per tier;
one that does neither has one line over all the energy.

Example: 150,000 kWh, of which 40,000 at peak; system operation 0.0311 does not float:
one line 150,000 × 0.0311 = 4,665.00; purchase 0.4010 floats at 1.6: 40,000 × 0.6416.
"""

from __future__ import annotations

import itertools

import numpy as np

from wattloop.library.quantity.exact import across
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.periods import in_force
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import Charge, scaled_price
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Component, Kind, Tariff


def energy_charges(bills: Bills, tariff: Tariff, by_tier: Whole, pricing: Pricing) -> list[Charge]:
    """Lines of all components.

    Args:
        bills: the bills.
        tariff: the tariff.
        by_tier: int64[n, tiers, periods] Wh from `into_tiers`.
        pricing: how money is rounded.
    """
    occurs = in_force(tariff.calendar, bills.periods)[bills.period]
    return [
        charge
        for component in tariff.components
        for charge in _component(bills, tariff, component, by_tier, pricing, occurs)
    ]


def _component(
    bills: Bills, tariff: Tariff, component: Component, by_tier: Whole, pricing: Pricing, occurs: Mask
) -> list[Charge]:
    tiers = range(by_tier.shape[1]) if component.by_tier else [None]
    periods = range(by_tier.shape[2]) if component.by_period else [None]
    found = []
    for tier, period in itertools.product(tiers, periods):
        price = component.prices[tier or 0][period or 0]
        if tier == 0 and component.kind is not Kind.ENERGY and not any(component.prices[0]):
            continue  # an increment has nothing to say in the first tier
        quantity = _chosen(by_tier, tier, period)
        found.append(
            Charge(
                kind=component.kind,
                component=component.name,
                tou=tariff.calendar.periods[period] if period is not None else None,
                tier=tier + 1 if tier is not None else None,
                unit="kWh",
                quantity=quantity,
                price=scaled_price(price),
                amount=pricing.in_bill(bills, quantity, price),
                shown=_shown(quantity, tier, period, occurs),
                clause=component.clause,
                source=bills.source,
                counts_as=component.counts_as,
            )
        )
    return found


def _shown(quantity: Whole, tier: int | None, period: int | None, occurs: Mask) -> Mask | None:
    """A line of nothing is shown where there could have been something: not in a higher tier, not out of season."""
    used: Mask = quantity != 0
    if tier:
        return used
    if period is None or occurs[:, period].all():
        return None
    return np.asarray(used | occurs[:, period], np.bool_)


def _chosen(by_tier: Whole, tier: int | None, period: int | None) -> Whole:
    part = by_tier if tier is None else by_tier[:, tier : tier + 1]
    part = part if period is None else part[:, :, period : period + 1]
    return across(part.reshape(len(part), -1))
