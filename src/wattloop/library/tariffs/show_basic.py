"""What a reader wants to see of a basic charge: the ways an agreement can choose, and what goes with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wattloop.library.tariffs.compiled import CapacityCharge, Tariff
from wattloop.library.tariffs.show_words import text


def basic_charges(tariff: Tariff) -> list[CapacityCharge]:
    """The charges that an agreement chooses between."""
    return list(tariff.capacity)


def basic_facts(tariff: Tariff) -> list[dict[str, Any]]:
    """One entry per way of charging; prices are exact text."""
    return [_way(one) for one in basic_charges(tariff)]


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


def _way(charge: CapacityCharge) -> dict[str, Any]:
    return {
        "name": charge.name,
        "price": text(charge.price),
        "per": "kVA",
        "proration": charge.proration,
    }


def basic_lines(
    facts: list[dict[str, Any]], currency: str, named: Callable[[str], str], say: Callable[[str], str]
) -> Iterator[str]:
    """A line of words for each way.

    Args:
        named: a charge's name as readers know it.
        say: a word in the reader's language.
    """
    for one in facts:
        yield f"{named(one['name'])}: {one['price']} {currency}/{one['per']}/{say('month')}, {say(one['proration'])}"
