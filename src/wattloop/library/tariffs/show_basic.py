"""What a reader wants to see of a basic charge: the ways an agreement can choose, and what goes with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.compiled_basic import ActualCharge, CapacityCharge, ContractCharge
from wattloop.library.tariffs.show_words import text, word

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
    facts: list[dict[str, Any]], currency: str, named: Callable[[str], str], language: str
) -> Iterator[str]:
    """A line of words for each way.

    Args:
        named: a charge's name as readers know it.
        language: "en" or "zh".
    """
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")

    def say(english: str) -> str:
        return word(english, language)

    for one in facts:
        parts = [f"{one['price']} {currency}/{one['per']}/{say('month')}", say(one["proration"])]
        if one.get("block_minutes"):
            parts.append(f"{say('block')} {one['block_minutes']} {say('min')}")
        if (floor := one.get("floor_percent_of_capacity")) is not None:
            parts.append(f"不低于容量的 {floor} %" if language == "zh" else f"at least {floor} % of capacity")
        if one.get("over_rule"):
            parts.append(f"{say('above')} {one['over_percent']} %{colon}{say(one['over_rule'])}")
        if one.get("intensive_use"):
            kwh, factor = (one["intensive_use"][name] for name in ("from_kwh_per_kva", "price_factor"))
            zh, en = f"达到 {kwh} kWh/kVA 时电价 × {factor}", f"price × {factor} from {kwh} kWh/kVA"
            parts.append(zh if language == "zh" else en)
        yield f"{named(one['name'])}{colon}{comma.join(parts)}"


def suspension_facts(tariff: Tariff) -> list[dict[str, Any]]:
    """How sealed transformers are charged, rule by rule."""
    return [
        {"charged": one.charged, "shorter_than_days": one.shorter_than, "within_years_of_service": one.years}
        for one in tariff.suspension
    ]


def suspension_lines(facts: list[dict[str, Any]], language: str) -> Iterator[str]:
    """A line of words for each rule."""
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")

    def say(english: str) -> str:
        return word(english, language)

    for one in facts:
        asked = [f"{say('shorter than')} {one['shorter_than_days']} {say('days')}"] * bool(one["shorter_than_days"])
        if one["within_years_of_service"]:
            asked.append(f"{say('within')} {one['within_years_of_service']} {say('years of service')}")
        yield f"{say('suspension')} {comma.join(asked)}{colon}{say('charged ' + one['charged'])}"
