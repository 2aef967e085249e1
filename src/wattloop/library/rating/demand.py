"""Demand charges: the highest average power of the bill's period, flat or per time-of-use period.

Rule: each rung of the ladder charges the part of the maximum that lies in it. The
maximum is taken over blocks of the length the tariff names, from interval readings;
a bill over part of a month pays the month's price for its share of days.

Example: 62.4 kW on a ladder of 50 kW free and 12.40 per kW above: 12.4 × 12.40 = 153.76.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from wattloop.library.rating.bills import Bills
from wattloop.library.rating.lines import PRICE_SCALE, Charge, Mask, Whole, scaled_price
from wattloop.library.rating.pricing import Pricing
from wattloop.library.tariffs.compiled import Calendar, DemandCharge, DemandStep, Kind, Tariff


def calendar_of(tariff: Tariff, charge: DemandCharge) -> Calendar:
    """The calendar a demand charge goes by: its own where it has one."""
    return charge.calendar or tariff.calendar


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
        maxima = bills.demand[calendars[id(calendar_of(tariff, charge))], charge.block_minutes or 0]
        applies = np.isin(bills.month, list(charge.months))
        if charge.kind is Kind.DEMAND_FLAT:
            ladder = charge.ladders[0]
            found += _ladder(bills, charge, ladder or (), maxima.max(axis=1), applies, None, pricing)
            continue
        for period, ladder in enumerate(charge.ladders):
            if ladder is not None:
                name = calendar_of(tariff, charge).periods[period]
                found += _ladder(bills, charge, ladder, maxima[:, period], applies, name, pricing)
    return found


def _ladder(
    bills: Bills,
    charge: DemandCharge,
    ladder: tuple[DemandStep, ...],
    watts: Whole,
    applies: Mask,
    tou: str | None,
    pricing: Pricing,
) -> list[Charge]:
    found = []
    measured = applies & (watts >= 0)
    watts = np.where(measured, watts, 0)
    lower = 0
    for at, step in enumerate(ladder):
        part = np.maximum((watts if step.upper is None else np.minimum(watts, step.upper)) - lower, 0)
        price = _share_of_month(bills, step.price)
        found.append(
            Charge(
                kind=charge.kind,
                component=charge.name,
                tou=tou,
                tier=at + 1 if len(ladder) > 1 else None,
                unit="kW",
                quantity=part,
                price=price,
                amount=pricing.amount(part, price, scale=PRICE_SCALE)
                if isinstance(price, np.ndarray)
                else pricing.amount(part, step.price),
                shown=measured & ((part > 0) | (at == 0)),
                clause=charge.clause,
                source="intervals",
            )
        )
        lower = step.upper if step.upper is not None else lower
    return found


def _share_of_month(bills: Bills, price: Decimal) -> Whole | int:
    whole = scaled_price(price)
    shares = [
        whole
        if not p.within_month or p.days == p.month_days
        else int((Decimal(whole) * p.days / p.month_days).to_integral_value())
        for p in bills.periods
    ]
    return bills.of_period(shares) if any(share != whole for share in shares) else whole
