"""A tariff's rules in plain sentences, section by section: what `show` prints, for a page that lays out by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.show import Page, default_year
from wattloop.library.tariffs.show_basic import basic_lines, suspension_lines
from wattloop.library.tariffs.show_facts import overview
from wattloop.library.tariffs.show_options import option_line
from wattloop.library.tariffs.show_words import days as days_in


def rules_in_words(tariff: Tariff, language: str, year: int | None = None) -> list[tuple[str, list[str]]]:
    """Headings, each with its sentences; sections that a tariff does not have are left out.

    Args:
        tariff: the version.
        language: "en" or "zh".
        year: whose calendar is spoken of where a charge has its own; the one `show` would take by default.
    """
    facts = overview(tariff, year if year is not None else default_year(tariff))
    page, currency = Page(tariff, facts, language), tariff.currency
    sections = [
        (page.tier_heading(), page.tier_lines()),
        ("demand", _demand(page)),
        (
            "basic charge",
            [
                *basic_lines(facts["basic"], currency, page.charge, language),
                *suspension_lines(facts["suspension"], language),
            ],
        ),
        ("other charges", page.other_lines()),
        ("options", (option_line(one, page.charge, currency, language) for one in facts["options"])),
        ("source", page.source_lines()),
    ]
    told = [(page.say(heading), list(lines)) for heading, lines in sections]
    return [(heading, lines) for heading, lines in told if lines]


def _demand(page: Page) -> Iterator[str]:
    for charge in page.facts["demand"]:
        yield from (_demand_step(page, charge, step) for step in charge["steps"])
        for day_type in charge["calendar"] or ():
            yield page.hours_line(day_type)


def _demand_step(page: Page, charge: dict[str, Any], step: dict[str, Any]) -> str:
    """`maximum demand, peak: up to 100 kW, 36 CNY per kW, block 15 min, Jun-Sep`."""
    named = [page.charge(charge["name"])]
    if step["period"] and step["period"] != "all":
        named.append(page.name(step["period"]))
    said = [f"{page.say('up to')} {step['up_to_kw']} kW"] if step["up_to_kw"] else []
    said.append(f"{step['price']} {page.tariff.currency} {page.say('per kW')}")
    if charge["block_minutes"]:
        said.append(f"{page.say('block')} {charge['block_minutes']} {page.say('min')}")
    if charge["months"]:
        said.append(days_in(charge["months"], page.language))
    return f"{page.comma.join(named)}{page.colon}{page.comma.join(said)}"
