"""Maxima that demand registers tell, of all hours and of periods of time of use, and which of them are missing.

Rule: what a tariff charges and no register of a meter tells, over the bill or over the segment as the
tariff takes it, is not known: the bill is held back. A period that costs nothing needs no register.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.grouping import groups
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.periods import in_force
from wattloop.library.rating.charges.bills import EMPTY
from wattloop.library.rating.charges.demand import FLAT, calendar_of, unknown_maximum
from wattloop.library.rating.measuring.intervals import Measured
from wattloop.library.rating.measuring.plan import Plan
from wattloop.library.rating.measuring.register_quantities import DEMAND, RegisterQuantities
from wattloop.library.tariffs.compiled import DemandCharge, Kind, Tariff
from wattloop.library.tariffs.compiled_basic import ActualCharge, ContractCharge


def fill_maxima(plan: Plan, held: RegisterQuantities, variant: npt.NDArray[np.int32], found: Measured) -> None:
    """Fill in the maxima, and name those that a tariff charges and no register tells."""
    highest = held.most(DEMAND)
    bills = groups(found.number, plan.bill_of_pieces[found.bill])[1]
    for one in np.unique(variant[variant >= 0]).tolist():
        tariff, mine = plan.variants[one], np.flatnonzero(variant == one)
        for charge in tariff.maxima:
            block = charge.block_minutes or 0
            if not isinstance(charge, DemandCharge) or charge.kind is Kind.DEMAND_FLAT:
                # A bill's maximum may lie in the days that another tariff prices.
                found.demand[FLAT, block] = highest[:, None]
                lacking = (highest == EMPTY)[:, None]
            else:
                lacking = _by_period(plan, tariff, charge, held, mine, found)
            if charge.over == "bill":
                known = np.zeros((int(bills.max(initial=-1)) + 1, lacking.shape[1]), bool)
                np.logical_or.at(known, bills, ~lacking)
                lacking = ~known[bills]
            without = lacking[mine] & _due(plan, tariff, charge)[found.bill[mine]]
            if without.any():
                rows = found.unmeasured.setdefault(unknown_maximum(charge), np.zeros(len(variant), bool))
                rows[mine] |= without.any(axis=1)


def _by_period(
    plan: Plan, tariff: Tariff, charge: DemandCharge, held: RegisterQuantities, rows: Whole, found: Measured
) -> Mask:
    """Fill in the maxima of some rows by time-of-use period; bool[n, periods], which of them no register tells."""
    calendar = calendar_of(tariff, charge)
    key = plan.calendars.number(calendar, tariff.id), charge.block_minutes or 0
    maxima = found.demand.setdefault(key, np.full((len(found.number), len(calendar.periods)), EMPTY, np.int64))
    for at, name in enumerate(calendar.periods):
        maxima[rows, at] = held.most(f"{DEMAND}:{name}")[rows]
    return np.asarray(maxima == EMPTY, np.bool_)


def _due(plan: Plan, tariff: Tariff, charge: DemandCharge | ContractCharge | ActualCharge) -> Mask:
    """bool[pieces, 1 or periods]: where a maximum costs something."""
    if not isinstance(charge, DemandCharge):
        return np.ones((len(plan.periods), 1), bool)
    months = np.array([p.share(charge.months) > 0 for p in plan.periods], bool)[:, None]
    costs = np.array([any(step.price for step in ladder or ()) for ladder in charge.ladders], bool)
    if charge.kind is Kind.DEMAND_FLAT:
        return np.asarray(months & costs[:1])
    return np.asarray(months & costs & in_force(calendar_of(tariff, charge), plan.periods))
