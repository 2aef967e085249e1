"""What an agreement's terms make of a tariff: the same prices with the options that hold applied.

Variants are made from the compiled tariff, so that clauses, days and everything no option
speaks of stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal

import numpy as np

from wattloop.library.tariffs.compiled import Component, Option, Tariff, Tiers
from wattloop.library.tariffs.problems import Problem, TariffRefused

TERMS = ("class", "voltage", "market", "option")
LARGEST_SCALE = 10

Terms = Mapping[str, str | AbstractSet[str]]
"""What is known of an agreement: words by `class`, `voltage`, `market` and `option`; nothing holds of what is not."""


def variant(tariff: Tariff, terms: Terms) -> Tariff:
    """The tariff for an agreement with these terms: itself where no option holds, else with those that do.

    The same terms give the same object. Options are applied in the document's order.

    Raises:
        TariffRefused: where options that hold together leave no price, or one with too many decimals.
        ValueError: for a term of another name, or a tariff that is a variant already.
    """
    if set(terms) - set(TERMS):
        msg = f"an agreement's terms are {', '.join(TERMS)}, not {', '.join(sorted(set(terms) - set(TERMS)))}"
        raise ValueError(msg)
    known = {key: {words} if isinstance(words, str) else set(words) for key, words in terms.items()}
    held = tuple(
        number
        for number, option in enumerate(tariff.options)
        if all(known.get(key, set()) & words for key, words in option.when.items())
    )
    return with_options(tariff, held)


def with_options(tariff: Tariff, numbers: tuple[int, ...]) -> Tariff:
    """The tariff with these of its options applied, made once.

    Raises:
        TariffRefused: where they leave no price, or one with too many decimals.
        ValueError: for a tariff that is a variant already.
    """
    if tariff.applied:
        msg = f"tariff {tariff.id} has options applied already; ask the tariff it was made from"
        raise ValueError(msg)
    if not numbers:
        return tariff
    if numbers not in tariff.variants:
        made = tariff
        for number in numbers:
            made = _with(made, tariff.options[number])
        # Last, because an option's own prices are by the periods there are without any.
        for priced_as in {tariff.options[number].priced_as for number in numbers} - {None}:
            made = _merged(made, str(priced_as))
        tariff.variants[numbers] = replace(made, applied=numbers)
    return tariff.variants[numbers]


def _with(tariff: Tariff, option: Option) -> Tariff:
    gone = option.without
    components = [_priced(one, option, tariff) for one in tariff.components if one.name not in gone]
    if all(one.counts_as is not None for one in components):
        raise TariffRefused([_problem(tariff, option, "Nothing is left that energy is priced with.")])
    if not option.tiers:
        components = [_untiered(one) for one in components if one.counts_as is None or any(one.prices[0])]
    return replace(
        tariff,
        components=tuple(components),
        tiers=tariff.tiers if option.tiers else None,
        demand=tuple(one for one in tariff.demand if one.clause.removeprefix("demand.") not in gone),
        capacity=tuple(one for one in tariff.capacity if one.name not in gone),
        contract=tuple(one for one in tariff.contract if one.name not in gone),
        actual=tuple(one for one in tariff.actual if one.name not in gone),
        fixed=tuple(one for one in tariff.fixed if one.name not in gone),
        minimums=tuple(one for one in tariff.minimums if one.name not in gone),
        percentages=tuple(one for one in tariff.percentages if one.name not in gone),
        taxes=tuple(one for one in tariff.taxes if one.name not in gone),
    )


def _priced(component: Component, option: Option, tariff: Tariff) -> Component:
    """A component at the option's own price and times its factor."""
    if component.name in option.prices:
        row = option.prices[component.name]
        by_period = len(set(row)) > 1
        component = replace(
            component, prices=(row if by_period else row[:1],), by_tier=False, by_period=by_period, source={}
        )
    factor = option.factors.get(component.name)
    if factor is None:
        return component
    prices = tuple(tuple(price * factor for price in row) for row in component.prices)
    if any(_decimals(price) > LARGEST_SCALE for row in prices for price in row):
        said = f"The price of {component.name} times {factor} has more than {LARGEST_SCALE} decimals."
        raise TariffRefused([_problem(tariff, option, said)])
    return replace(component, prices=prices)


def _decimals(price: Decimal) -> int:
    exponent = price.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _problem(tariff: Tariff, option: Option, said: str) -> Problem:
    file = tariff.document.file if tariff.document is not None else None
    return Problem(file, None, option.clause, said, "Mend the option.")


def _untiered(component: Component) -> Component:
    return replace(component, prices=component.prices[:1], by_tier=False)


def merged_period(period: str, priced_as: str) -> str:
    """The period that one becomes where all are priced as one of them: "summer peak" becomes "summer flat"."""
    season = period.rpartition(" ")[0]
    return f"{season} {priced_as}" if season else priced_as


def _merged(tariff: Tariff, priced_as: str) -> Tariff:
    """The tariff with every hour in the period `priced_as`, of each season where they are told apart."""
    calendar = tariff.calendar
    names = [merged_period(period, priced_as) for period in calendar.periods]
    kept = tuple(dict.fromkeys(names))
    columns = [calendar.periods.index(name) for name in kept]
    number = np.array([kept.index(name) for name in names], np.int16)
    merged = replace(calendar, periods=kept, patterns=number[calendar.patterns])
    components = tuple(_of_columns(one, columns) for one in tariff.components)
    tiers = tariff.tiers and _tiers_of_columns(tariff.tiers, columns)
    return replace(tariff, calendar=merged, components=components, tiers=tiers)


def _of_columns(component: Component, columns: list[int]) -> Component:
    if not component.by_period:
        return component
    prices = tuple(tuple(row[column] for column in columns) for row in component.prices)
    return replace(component, prices=prices, by_period=len(columns) > 1)


def _tiers_of_columns(tiers: Tiers, columns: list[int]) -> Tiers:
    bounds = tuple(tuple(of_season[column] for column in columns) for of_season in tiers.bounds)
    return replace(tiers, bounds=bounds, ladders=tuple(tiers.ladders[column] for column in columns))
