"""Contract demand: a price per kW agreed on and month, and a dearer one for what goes beyond it.

Rule: billed is the demand agreed on, at least the floor (40 % of the capacity in service). A
maximum within the limit (105 % of what is billed) changes nothing; beyond it the excess costs
double. What the excess is, sources read in three ways, so the tariff names one (`over-rule`):

- contract-plus-double-excess: the contract, and twice what exceeds the limit;
- over-limit-plus-double-excess: the limit, and twice what exceeds it;
- double-above-contract: the contract, and twice all that exceeds the contract.

Where contract or capacity change inside the month each is charged for its days; the maximum is
that of the bill, or of the stretch in which they stay the same (`segments: {demand: segment}`).

Source: 国家电网财〔2016〕633号 as examined (58z.net/z/310404533.html), a Shanghai bill's explainer
and 274949.com/3889/t28912061.html for the older form: V23.

Example: 1,000 kW agreed on, 1,300 kW metered: 1,000 + 2 × 250 = 1,500; 1,050 + 2 × 250 = 1,550;
1,000 + 2 × 300 = 1,600 kW.
"""

from __future__ import annotations

import numpy as np

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.demand import known_maximum
from wattloop.library.rating.charges.intensive import relief_of
from wattloop.library.rating.charges.lines import Charge
from wattloop.library.rating.charges.monthly import at_least, monthly_line, portion
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.compiled_basic import ContractCharge, OverRule


def contract_charges(bills: Bills, tariff: Tariff, pricing: Pricing) -> list[Charge]:
    """Lines of the charges by contract: what is agreed on, then the excess where there is any."""
    return [line for charge in tariff.contract for line in _lines(bills, tariff, charge, pricing)]


def _lines(bills: Bills, tariff: Tariff, charge: ContractCharge, pricing: Pricing) -> list[Charge]:
    bills.hold(bills.contract < 0, f"no contract demand is agreed on, and {charge.name} is charged by it")
    maximum = known_maximum(bills, charge)
    agreed = at_least(bills, np.maximum(bills.contract, 0), charge)
    limit = portion(agreed, charge.limit)
    beyond = maximum > limit
    excess = np.where(beyond, maximum - (agreed if charge.rule is OverRule.ABOVE_CONTRACT else limit), 0)
    base = np.where(beyond, limit, agreed) if charge.rule is OverRule.LIMIT_PLUS else agreed
    relief = relief_of(bills, tariff, charge.name)
    facts: dict[str, Whole | int] = {
        "contract": bills.contract, "capacity": bills.capacity, "maximum": maximum, "limit": limit
    }  # fmt: skip
    first = monthly_line(bills, charge, base, charge.price, relief, pricing, facts)
    second = monthly_line(bills, charge, excess, 2 * charge.price, relief, pricing, facts)
    first.tier, second.tier = 1, 2
    first.source, second.shown = "contract", excess > 0
    return [first, second]
