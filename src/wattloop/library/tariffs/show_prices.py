"""The table of a tariff's prices per kWh: a row a period, or, of a price of many components, a row a component."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.show_words import word

_COMPONENTS = 5  # and no more stand side by side on a terminal of 80 columns
_WIDE = 54  # what they may take there beside a period, a tier and a total, no word of a heading cut in two


def price_table(tariff: Tariff, prices: list[dict[str, Any]], language: str, name: Callable[[str], str]) -> Table:
    """The table.

    Args:
        tariff: whose prices they are.
        prices: as `show_facts.overview` gives them, one of each period and tier.
        language: "en" or "zh".
        name: a period's name in it.
    """
    table = Table(
        title=f"{word('prices per kWh', language)}, {tariff.currency}",
        box=SIMPLE_HEAD,
        title_justify="left",
        padding=(0, 0, 0, 1),
    )
    periods = [word("all", language) if price["period"] == "all" else name(price["period"]) for price in prices]
    tiers = [str(price["tier"]) for price in prices] if tariff.tiers is not None else []
    components = [
        component.labels.get(language) or word("tier increment" if component.counts_as else component.name, language)
        for component in tariff.components
    ]
    by_component = list(zip(*(price["components"].values() for price in prices), strict=True))
    totals = [price["total"] for price in prices]
    wide = (
        sum(
            2 + max(map(len, (*heading.split(), *numbers)))
            for heading, numbers in zip(components, by_component, strict=True)
        )
        > _WIDE
        and len(prices) <= _COMPONENTS
    )
    if len(components) > max(_COMPONENTS, len(prices)) or wide:
        table.add_column(word("component", language), overflow="fold")
        for at, period in enumerate(periods):
            _numbers(table, " ".join([period, *tiers[at : at + 1]]), [*(row[at] for row in by_component), totals[at]])
        for component, row in zip(components, by_component, strict=True):
            table.add_row(component, *row)
        table.add_row(word("total", language), *totals, style="bold")
        return table
    table.add_column(word("period", language), overflow="fold")
    if tiers:
        table.add_column(word("tier", language), justify="right")
    for component, row in zip(components, by_component, strict=True):
        _numbers(table, component, list(row))
    _numbers(table, word("total", language), totals, style="bold")
    for at, price in enumerate(prices):
        table.add_row(periods[at], *tiers[at : at + 1], *price["components"].values(), totals[at])
    return table


def _numbers(table: Table, heading: str, numbers: list[str], **style: str) -> None:
    """A column of prices: on a narrow terminal its heading is folded, and no price is cut."""
    table.add_column(heading, justify="right", overflow="fold", min_width=max(map(len, numbers)), **style)  # type: ignore[arg-type]
