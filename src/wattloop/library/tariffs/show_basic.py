"""What a reader wants to see of a basic charge: the ways an agreement can choose, and what goes with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.compiled_basic import ActualCharge, CapacityCharge, ContractCharge
from wattloop.library.tariffs.show_words import text

Way = CapacityCharge | ContractCharge | ActualCharge


def basic_charges(tariff: Tariff) -> list[Way]:
    """The charges that an agreement chooses between."""
    return [*tariff.capacity, *tariff.contract, *tariff.actual]


def basic_facts(tariff: Tariff) -> list[dict[str, Any]]:
    """One entry per way of charging; prices are exact text."""
    return [_way(one, tariff) for one in basic_charges(tariff)]


def _way(charge: Way, tariff: Tariff) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": charge.name,
        "price": text(charge.price),
        "per": "kVA" if isinstance(charge, CapacityCharge) else "kW",
        "proration": charge.proration,
    }
    if isinstance(charge, CapacityCharge):
        return found
    found["block_minutes"] = charge.block_minutes
    found["floor_percent_of_capacity"] = None if charge.floor is None else text(charge.floor * 100)
    if isinstance(charge, ContractCharge):
        found |= {"over_percent": text(charge.limit * 100), "over_rule": charge.rule.value}
    rule = tariff.intensive
    if rule is not None and charge.name in rule.applies_to:
        found["intensive_use"] = {
            "from_kwh_per_kva": text(Decimal(rule.energy_per_kva) / 1000),
            "price_factor": text(rule.factor),
        }
    return found


def basic_lines(
    facts: list[dict[str, Any]], currency: str, named: Callable[[str], str], say: Callable[[str], str]
) -> Iterator[str]:
    """A line of words for each way.

    Args:
        named: a charge's name as readers know it.
        say: a word in the reader's language.
    """
    for one in facts:
        parts = [f"{one['price']} {currency}/{one['per']}/{say('month')}", say(one["proration"])]
        if one.get("block_minutes"):
            parts.append(f"{say('block')} {one['block_minutes']} {say('min')}")
        if one.get("floor_percent_of_capacity"):
            parts.append(f"{say('at least')} {one['floor_percent_of_capacity']} % {say('of capacity')}")
        if one.get("over_rule"):
            parts.append(f"{say('beyond')} {one['over_percent']} %: {say(one['over_rule'])}")
        if one.get("intensive_use"):
            rule = one["intensive_use"]
            parts.append(f"{say('from')} {rule['from_kwh_per_kva']} kWh/kVA × {rule['price_factor']}")
        yield f"{named(one['name'])}: {', '.join(parts)}"


def suspension_facts(tariff: Tariff) -> list[dict[str, Any]]:
    """How sealed transformers are charged, rule by rule."""
    return [
        {"charged": one.charged, "shorter_than_days": one.shorter_than, "within_years_of_service": one.years}
        for one in tariff.suspension
    ]


def suspension_lines(facts: list[dict[str, Any]], say: Callable[[str], str]) -> Iterator[str]:
    """A line of words for each rule."""
    for one in facts:
        asked = [f"{say('shorter than')} {one['shorter_than_days']} {say('days')}"] * bool(one["shorter_than_days"])
        if one["within_years_of_service"]:
            asked.append(f"{say('within')} {one['within_years_of_service']} {say('years of service')}")
        yield f"{say('suspension')} {', '.join(asked)}: {say('charged ' + one['charged'])}"
