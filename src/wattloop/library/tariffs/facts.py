"""A tariff as a flat list of facts, each with a name of its own: what two tariffs are compared by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from wattloop.library.tariffs.cells import Cell, leaf
from wattloop.library.tariffs.compiled import Component, DemandCharge, Option, Tariff
from wattloop.library.tariffs.days import ONLY_PERIOD
from wattloop.library.tariffs.show_basic import basic_facts, suspension_facts
from wattloop.library.tariffs.show_facts import (
    demand_charge,
    in_words,
    months_text,
    option_facts,
    power_factor_facts,
    tier_bounds,
)
from wattloop.library.tariffs.show_words import grouped, text
from wattloop.library.tariffs.when import MONTHS


@dataclass(frozen=True, slots=True)
class Key:
    """The name of a fact: its section, the names of what it is of, and which property of it."""

    section: str
    names: tuple[str, ...]
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with its unit: a number, or words."""

    value: Decimal | str
    unit: str = ""


Facts = dict[Key, Fact]


Depends = dict[str, tuple[bool, bool]]
"""By component, whether its price is told by tier, and by period."""


def depends(*tariffs: Tariff) -> Depends:
    """On what the price of each component depends in any of the tariffs, so that all tell it alike."""
    found: Depends = {}
    for one in (component for tariff in tariffs for component in tariff.components):
        by_tier, by_period = found.get(one.name, (False, False))
        found[one.name] = (by_tier or one.by_tier, by_period or one.by_period)
    return found


def facts_of(tariff: Tariff, told_by: Depends) -> Facts:
    """Everything that a tariff says, but the hours of its periods."""
    found: Facts = dict(_components(tariff, told_by))
    for section in (_ratios, _tiers, _demand, _basic, _power_factor, _charges, _shares, _options, _segments):
        found |= dict(section(tariff))
    return dict(_head(tariff)) | found


Pairs = Iterator[tuple[Key, Fact]]


def _head(tariff: Tariff) -> Pairs:
    yield Key("head", (), "id"), Fact(tariff.id)
    for language, name in tariff.name.items():
        yield Key("head", (language,), "name"), Fact(name)
    yield Key("head", (), "currency"), Fact(tariff.currency)
    yield Key("head", (), "valid_from"), Fact(str(tariff.valid_from or "always"))
    yield Key("head", (), "valid_to"), Fact(str(tariff.valid_to or "open"))
    yield Key("head", (), "clock"), Fact(tariff.calendar.zone or "the readings' own")
    for key, word in tariff.scope.items():
        yield Key("head", (key,), "applies to"), Fact(word)
    for key, word in tariff.source.items():
        yield Key("head", (key,), "source"), Fact(word)


def _components(tariff: Tariff, told_by: Depends) -> Pairs:
    unit = f"{tariff.currency}/kWh"
    for component in tariff.components:
        yield Key("component", (component.name,), "kind"), Fact(component.kind.value)
        for names, price in _cells(tariff, component, *told_by[component.name]):
            yield Key("price", (component.name, *names)), Fact(price, unit)
    tiers = range(tariff.tiers.count if tariff.tiers else 1)
    for tier in tiers:
        for number, period in enumerate(tariff.calendar.periods):
            total = sum((_price(one, tier, number) for one in tariff.components), Decimal(0))
            tier_name = (f"tier {tier + 1}",) if len(tiers) > 1 else ()
            yield Key("total", ("total", *tier_name, *_named(period))), Fact(total, unit)


def _cells(
    tariff: Tariff, component: Component, by_tier: bool, by_period: bool
) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    """A component's prices, named by tier and by period where they are told so."""
    for tier in range(tariff.tiers.count if tariff.tiers and by_tier else 1):
        for number, period in enumerate(tariff.calendar.periods if by_period else [None]):
            tier_name = (f"tier {tier + 1}",) if by_tier else ()
            yield (*tier_name, *_named(period)), _price(component, tier, number)


def _price(component: Component, tier: int, period: int) -> Decimal:
    return component.prices[tier if component.by_tier else 0][period if component.by_period else 0]


def _named(period: str | None) -> tuple[str, ...]:
    """A period's name, none where there is only one."""
    return () if period in {None, ONLY_PERIOD} else (str(period),)


def _ratios(tariff: Tariff) -> Pairs:
    tree = tariff.document.energy.ratios if tariff.document is not None else None
    for period in tariff.calendar.periods if tree is not None else ():
        season, _, written = period.rpartition(" ")
        found = leaf(tree, Cell(written, season or None))
        if found is not None:
            yield Key("ratio", ("ratio", period)), Fact(found.value)


def _tiers(tariff: Tariff) -> Pairs:
    tiers = tier_bounds(tariff)
    if tiers is None:
        return
    yield Key("tiers", (), "over"), Fact(tiers["over"])
    yield Key("tiers", (), "pooling"), Fact(tiers["pooling"])
    unit = "kWh/day" if tiers["per_day"] else "kWh"
    for entry in tiers["bounds"]:
        for number, bound in enumerate(entry["kwh"], 1):
            for where in entry["where"] or [""]:
                names = (f"tier {number}", *([where] if where else []))
                value = Fact("open") if bound is None else Fact(Decimal(bound), unit)
                yield Key("bound", names, "up to"), value
    for one in tiers["allowances"]:
        if (added := one["add_to_first_kwh_per_remaining_month"]) is not None:
            yield Key("allowance", (one["name"],), "first tier"), Fact(Decimal(added), "kWh/month")
        if (free := one["free_kwh_per_month"]) is not None:
            yield Key("allowance", (one["name"],), "free"), Fact(Decimal(free), "kWh/month")


def _demand(tariff: Tariff) -> Pairs:
    for charge in tariff.demand:
        facts = demand_charge(charge, tariff)
        per = f"{tariff.currency}/kW"
        rungs: dict[str | None, int] = {}
        for step in facts["steps"]:
            period = step["period"]
            rungs[period] = rungs.get(period, 0) + 1
            names = [*_named(period), *([f"tier {rungs[period]}"] if _is_ladder(charge) else [])]
            yield Key("demand", (charge.name, *names)), Fact(Decimal(step["price"]), per)
            if step["up_to_kw"] is not None:
                yield Key("demand", (charge.name, *names), "up to"), Fact(Decimal(step["up_to_kw"]), "kW")
        yield Key("demand", (charge.name,), "month"), Fact(facts["months"] or "Jan-Dec")
        if charge.block_minutes is not None:
            yield Key("demand", (charge.name,), "block"), Fact(Decimal(charge.block_minutes), "min")


def _is_ladder(charge: DemandCharge) -> bool:
    return any(ladder is not None and len(ladder) > 1 for ladder in charge.ladders)


def _basic(tariff: Tariff) -> Pairs:
    for one in basic_facts(tariff):
        names = (one["name"],)
        yield Key("demand", names), Fact(Decimal(one["price"]), f"{tariff.currency}/{one['per']}/month")
        yield Key("demand", names, "parts of a month"), Fact(one["proration"])
        for attribute, unit in (("block_minutes", "min"), ("floor_percent_of_capacity", "%"), ("over_percent", "%")):
            if one.get(attribute) is not None:
                yield Key("demand", names, _BASIC[attribute]), Fact(Decimal(one[attribute]), unit)
        if "over_rule" in one:
            yield Key("demand", names, "excess"), Fact(one["over_rule"])
        if "intensive_use" in one:
            rule = one["intensive_use"]
            yield Key("demand", names, "intensive use from"), Fact(Decimal(rule["from_kwh_per_kva"]), "kWh/kVA")
            yield Key("demand", names, "price factor of intensive use"), Fact(Decimal(rule["price_factor"]))
    for number, rule in enumerate(suspension_facts(tariff), 1):
        names = (f"rule {number}",)
        yield Key("suspension", names, "charged"), Fact(f"charged {rule['charged']}")
        if rule["shorter_than_days"] is not None:
            yield Key("suspension", names, "shorter than"), Fact(Decimal(rule["shorter_than_days"]), "days")
        if rule["within_years_of_service"] is not None:
            yield Key("suspension", names, "within"), Fact(Decimal(rule["within_years_of_service"]), "years")


_BASIC = {"block_minutes": "block", "floor_percent_of_capacity": "floor", "over_percent": "limit"}


def _power_factor(tariff: Tariff) -> Pairs:
    rule = power_factor_facts(tariff)
    if rule is None:
        return
    yield Key("power-factor", (), "standard"), Fact(rule["standard"])
    yield Key("power-factor", (), "base"), Fact(", ".join(rule["of"]))
    if rule["without"]:
        yield Key("power-factor", (), "not counting"), Fact(", ".join(rule["without"]))
    yield Key("power-factor", (), "rule"), Fact("penalty only" if rule["penalty_only"] else "reward and penalty")


def _segments(tariff: Tariff) -> Pairs:
    """What spans the pieces of a bill that is cut, where it is charged."""
    if tariff.document is None:
        return
    told = tariff.document.segments
    if tariff.tiers is not None:
        yield Key("segments", (), "tiers"), Fact(told.tiers)
    if tariff.maxima:
        yield Key("segments", (), "demand"), Fact(told.demand)
    if tariff.power_factor is not None:
        yield Key("segments", (), "power-factor"), Fact(told.power_factor)
    yield Key("segments", (), "registers"), Fact(told.registers)


def _charges(tariff: Tariff) -> Pairs:
    for one in tariff.fixed:
        yield Key("fixed", (one.name,)), Fact(one.price, f"{tariff.currency}/{one.per}")
        if one.months and len(one.months) < 12:
            yield Key("fixed", (one.name,), "month"), Fact(months_text(one.months))
        if one.in_month is not None:
            yield Key("fixed", (one.name,), "in"), Fact(MONTHS[one.in_month - 1])
    for least in tariff.minimums:
        yield Key("minimum", (least.name,)), Fact(least.price, f"{tariff.currency}/{least.per}")
        yield Key("minimum", (least.name,), "counts"), Fact(", ".join(in_words(least.counts)))


def _shares(tariff: Tariff) -> Pairs:
    for one in tariff.percentages:
        yield Key(one.kind.value, (one.name,)), Fact(one.rate * 100, "%")
        yield Key(one.kind.value, (one.name,), "of"), Fact(", ".join(in_words(one.of)))
    for tax in tariff.taxes:
        yield Key("tax", (tax.name,)), Fact(tax.rate * 100, "%")
        where = "included in the prices" if tax.included else "on top of the prices"
        yield Key("tax", (tax.name,), "where"), Fact(where)
        if tax.of is not None:
            yield Key("tax", (tax.name,), "of"), Fact(", ".join(in_words(tax.of)))
    yield Key("rounding", (), "energy"), Fact(Decimal(tariff.rounding.energy) / 1000, "kWh")
    yield Key("rounding", (), "money"), Fact(tariff.rounding.money, tariff.currency)
    yield Key("rounding", (), "half"), Fact(f"half {tariff.rounding.half}")


def _options(tariff: Tariff) -> Pairs:
    for option in tariff.options:
        facts, name = option_facts(option), _terms(option)
        if option.priced_as is not None:
            yield Key("option", (name,), "all energy priced as"), Fact(option.priced_as)
        if not option.tiers:
            yield Key("option", (name,), "tiers"), Fact("no tiers")
        for one, factor in option.factors.items():
            yield Key("option", (name, one), "factor"), Fact(factor)
        for one, prices in facts["prices"].items():
            yield Key("option", (name, one)), Fact("/".join(prices), f"{tariff.currency}/kWh")
        for one in sorted(option.without):
            yield Key("option", (name, one), "without"), Fact("without")


def _terms(option: Option) -> str:
    """For whom an option is, as one name: market direct, option a/b."""
    return ", ".join(f"{key} {'/'.join(sorted(words))}" for key, words in option.when.items())


def written(fact: Fact) -> str:
    """A fact as text: 0.401 CNY/kWh."""
    value = grouped(text(fact.value)) if isinstance(fact.value, Decimal) else fact.value
    return f"{value} {fact.unit}".strip()
