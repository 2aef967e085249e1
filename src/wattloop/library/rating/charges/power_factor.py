"""Power-factor adjustment (力调电费): what the month's power factor adds to the bill, or takes off it.

Rule: cos φ = Wp / √(Wp² + Wq²) over the bill, Wq being reactive energy in and out, each as it
counts, added up; rounded to hundredths, a half up. The table of the tariff's standard gives the
percentage, which is taken of the charges in its base: basic and energy charge, without funds.
Where a contract knows penalties alone, a reward counts as nothing. Wp and Wq are those of the
meters that stand first, whatever is behind them; over the bill, or over the days of one version
of the tariff (`segments: {power-factor: segment}`). Who used nothing at all has no power factor.

Source: (83)水电财字215号 as posted in 777doc.com/doc-5713324.html; base without surcharges as
examined (ckkao.com); figures V01, V02, V04, V06, V07, V25.

Example: 40,000 kWh and 30,000 kvarh are 0.80, at standard 0.90 5 % of 15,000.00: 750.00.
"""

from __future__ import annotations

import numpy as np

from wattloop.library.quantity.exact import added
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import PRICE_SCALE, Charge
from wattloop.library.rating.charges.power_factor_table import table
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Kind, Tariff

ONE = 100  # hundredths
TO_PRICE = 10 ** (PRICE_SCALE - 4)  # from hundredths of a percent
UNKNOWN = "reactive energy is not known, or of some of its days alone, and the power factor is charged by it"


def power_factor_charges(bills: Bills, tariff: Tariff, charges: list[Charge], pricing: Pricing) -> list[Charge]:
    """The line of the adjustment; a bill without reactive energy is held back.

    Args:
        charges: those that it may be taken of.
    """
    rule = tariff.power_factor
    if rule is None:
        return []
    unknown = np.full(bills.count, -1, np.int64)
    active = unknown if bills.active is None else bills.active
    reactive = unknown if bills.reactive is None else bills.reactive
    bills.hold((reactive < 0) | (active < 0), UNKNOWN)
    active, reactive = np.maximum(active, 0), np.maximum(reactive, 0)
    factor = hundredths(active, reactive)
    some = (active > 0) | (reactive > 0)
    rate = np.where(some, table(rule.standard)[factor], 0)
    rate = np.maximum(rate, 0) if rule.penalty_only else rate
    within = [c for c in charges if c.is_of(rule.base) and not c.is_of(rule.without)]
    base = added([c.visible(c.amount) for c in within], bills.count)
    quantity = pricing.thousandths(base)
    price = rate * TO_PRICE
    running = pricing.amount(bills.running(quantity), price, scale=PRICE_SCALE)
    return [
        Charge(
            kind=Kind.POWER_FACTOR,
            component=rule.name,
            unit=tariff.currency,
            quantity=quantity,
            price=price,
            amount=bills.step(running),
            shown=some,
            clause=rule.clause,
            source=bills.source,
            facts={
                "power_factor": factor,
                "active": active,
                "reactive": reactive,
                "standard": int(rule.standard * ONE),
                "rate": rate,
            },
        )
    ]


def hundredths(active: Whole, reactive: Whole) -> Whole:
    """The power factor in hundredths, a half up, exactly.

    Args:
        active, reactive: int64[n], not below zero.

    Returns:
        int64[n], 0 to 100; 0 where both are zero.
    """
    # A factor is at least (k - ½) / 100 where 200 × active / √sum ≥ 2k - 1; as 2k - 1 is whole, the root may be
    # cut to whole numbers first, and so may what is under it. Squares of energy pass 64 bits: Python's integers.
    squared, across = active.astype(object) ** 2, reactive.astype(object) ** 2
    every = squared + across
    under = (40_000 * squared // np.where(every == 0, 1, every)).astype(np.int64)
    root = np.searchsorted(np.arange(2 * ONE + 1) ** 2, under, side="right") - 1
    return np.asarray((root + 1) // 2, np.int64)
