"""Phase two of a run: determinants → charges, in the order in which they build on each other."""

from __future__ import annotations

import numpy as np

from wattloop.library.rating.charges.actual import actual_charges
from wattloop.library.rating.charges.allowances import free_charges
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.capacity import capacity_charges
from wattloop.library.rating.charges.contract import contract_charges
from wattloop.library.rating.charges.demand import demand_charges
from wattloop.library.rating.charges.energy import energy_charges
from wattloop.library.rating.charges.fixed import fixed_charges
from wattloop.library.rating.charges.lines import Charge
from wattloop.library.rating.charges.minimum import minimum_charges
from wattloop.library.rating.charges.percentage import percentage_charges, tax_charges
from wattloop.library.rating.charges.power_factor import power_factor_charges
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.rating.charges.tiers import into_tiers
from wattloop.library.tariffs.compiled import Tariff


def price_bills(bills: Bills, tariff: Tariff, calendars: dict[int, int]) -> list[Charge]:
    """All charges of a chunk of bills.

    Args:
        bills: the determinants.
        tariff: the tariff of all of them.
        calendars: id of a Calendar object to its number in `bills.demand`.

    Returns:
        energy, demand, capacity and fixed charges, the power-factor adjustment, percentages, minimums, then taxes.
    """
    pricing = Pricing.of(tariff)
    if tariff.lacks is not None:
        bills.hold(np.ones(bills.count, bool), tariff.lacks)
    charges = energy_charges(bills, tariff, into_tiers(bills, tariff), pricing)
    charges += free_charges(bills, tariff, pricing)
    charges += demand_charges(bills, tariff, calendars, pricing)
    charges += capacity_charges(bills, tariff, pricing)
    charges += contract_charges(bills, tariff, pricing)
    charges += actual_charges(bills, tariff, pricing)
    charges += fixed_charges(bills, tariff, pricing)
    charges += power_factor_charges(bills, tariff, charges, pricing)
    charges += percentage_charges(bills, tariff, charges, pricing)
    charges += minimum_charges(bills, tariff, charges, pricing)
    charges += tax_charges(bills, tariff, charges, pricing)
    return charges
