"""Demand charges: the highest average power of the bill's period, flat or per time-of-use period.

Rule: each rung of the ladder charges the part of the maximum that lies in it. The
maximum is taken over blocks of the length the tariff names, from interval readings;
a bill over parts of months pays the month's price for their share of days.

Example: 62.4 kW on a ladder of 50 kW free and 12.40 per kW above: 12.4 × 12.40 = 153.76.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np

from wattloop.library.quantity.exact import narrow, wide
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import EMPTY, Bills
from wattloop.library.rating.charges.lines import Charge, Facts, scaled_price
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import Calendar, DemandCharge, DemandStep, Kind, Tariff
from wattloop.library.tariffs.compiled_basic import ActualCharge, ContractCharge

FLAT = -2
"""In place of a calendar's number: maxima whatever the period, of demand registers or of several meters added up."""


def calendar_of(tariff: Tariff, charge: DemandCharge | ContractCharge | ActualCharge) -> Calendar:
    """The calendar a charge on maxima goes by: its own where it has one."""
    return (charge.calendar if isinstance(charge, DemandCharge) else None) or tariff.calendar


def demand_charges(bills: Bills, tariff: Tariff, calendars: dict[int, int], pricing: Pricing) -> list[Charge]:
    """Lines of all demand charges.

    Args:
        bills: with `demand` holding the maxima of each (calendar, block).
        tariff: the tariff.
        calendars: id of a Calendar object to its number in the run.
        pricing: how money is rounded.
    """
    found = []
    for charge in tariff.demand:
        shares = [p.share(charge.months) for p in bills.periods]
        number, block = calendars[id(calendar_of(tariff, charge))], charge.block_minutes or 0
        facts: Facts = {"calendar": number, "block": block}
        if charge.kind is Kind.DEMAND_FLAT:
            watts = highest(bills, charge.block_minutes, charge.over)
            found += _ladder(bills, charge, charge.ladders[0] or (), watts, shares, None, pricing, facts)
            continue
        maxima = bills.demand.get((number, block))
        if maxima is None:  # no readings give it, and all these bills are held back
            continue
        maxima = bills.in_bill(maxima, np.maximum) if charge.over == "bill" else bills.in_stretch(maxima, np.maximum)
        for period, ladder in enumerate(charge.ladders):
            if ladder is not None:
                name = calendar_of(tariff, charge).periods[period]
                found += _ladder(bills, charge, ladder, maxima[:, period], shares, name, pricing, facts)
    return found


def highest(bills: Bills, block: int | None, over: str) -> Whole:
    """The highest power of each row's bill, or of its stretch of the bill.

    Args:
        block: minutes that power is averaged over; None for the readings' own interval.
        over: "bill", whichever tariffs price its days, or "segment".

    Returns:
        int64[n] W; below zero where nothing was measured.
    """
    found = np.full(bills.count, EMPTY, np.int64)
    for (_, minutes), maxima in bills.demand.items():
        if minutes == (block or 0):
            found = np.maximum(found, maxima.max(axis=1))
    return bills.in_bill(found, np.maximum) if over == "bill" else bills.in_stretch(found, np.maximum)


def known_maximum(bills: Bills, charge: ContractCharge | ActualCharge) -> Whole:
    """int64[n], W; bills of which no maximum is known are held back."""
    found = highest(bills, charge.block_minutes, charge.over)
    unknown = found < 0
    for rows, _ in bills.held:  # that readings cannot give it has been said
        unknown = unknown & ~rows
    bills.hold(unknown, unknown_maximum(charge))
    return np.maximum(found, 0)


def unknown_maximum(charge: DemandCharge | ContractCharge | ActualCharge) -> str:
    """Why bills without a maximum that is charged are held back."""
    return f"no maximum demand is known, and {charge.name} is charged by it"


def _ladder(
    bills: Bills,
    charge: DemandCharge,
    ladder: tuple[DemandStep, ...],
    watts: Whole,
    shares: list[Fraction],
    tou: str | None,
    pricing: Pricing,
    facts: Facts,
) -> list[Charge]:
    found = []
    share, of = in_parts(bills, shares)
    facts = {**facts, "share": share, "of": of}
    measured = np.array([share > 0 for share in shares])[bills.period] & (watts >= 0)
    watts = np.where(measured, watts, 0)
    facts["maximum"] = watts
    lower = 0
    for at, step in enumerate(ladder):
        part = np.maximum((watts if step.upper is None else np.minimum(watts, step.upper)) - lower, 0)
        price = price_for_share(bills, step.price, shares)
        found.append(
            Charge(
                kind=charge.kind,
                component=charge.name,
                tou=tou,
                tier=at + 1 if len(ladder) > 1 else None,
                unit="kW",
                quantity=part,
                price=price,
                amount=amount_for_share(bills, part, step.price, shares, pricing),
                shown=measured & ((part > 0) | (at == 0)),
                clause=charge.clause,
                source=bills.source,
                facts={**facts, "month_price": scaled_price(step.price), "above": lower},
            )
        )
        lower = step.upper if step.upper is not None else lower
    return found


def price_for_share(bills: Bills, price: Decimal, shares: list[Fraction]) -> Whole | int:
    """A monthly price in 10⁻¹⁰ of the currency for the months that each row covers."""
    whole = scaled_price(price)
    parts = [round(whole * share) for share in shares]
    return bills.of_period(parts) if any(part != whole for part in parts) else whole


def amount_for_share(bills: Bills, quantity: Whole, price: Decimal, shares: list[Fraction], pricing: Pricing) -> Whole:
    """quantity × price for the share of a month that each row covers, exactly.

    Rows of a bill that is cut get the differences of its rounded running total.
    """
    share, of = in_parts(bills, shares)
    if not bills.cut:
        return pricing.shares(quantity, price, share, of)
    # The quantity may change inside a bill: what is added up is quantity × share.
    months = narrow(wide(quantity, int(share.max(initial=1))) * share)
    return bills.step(pricing.shares(bills.running(months), price, np.ones_like(share), of))


def in_parts(bills: Bills, shares: list[Fraction]) -> tuple[Whole, int]:
    """int64[n], each row's share of a month in units of which the second are one."""
    of = math.lcm(*(share.denominator for share in shares))
    return bills.of_period([share.numerator * (of // share.denominator) for share in shares]), of
