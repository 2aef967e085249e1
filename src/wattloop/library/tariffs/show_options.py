"""A tariff's options in words: for whom, and what they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wattloop.library.tariffs.show_words import word


def option_line(option: dict[str, Any], name: Callable[[str], str], currency: str, language: str) -> str:
    """One option in one line: "market direct: all energy priced as flat, without maximum-demand".

    Args:
        option: as `show_facts.option_facts` gives it.
        name: what a period, component or charge is called in the language.
        currency: of the prices.
        language: "en" or "zh".
    """

    def say(english: str) -> str:
        return word(english, language)

    between, colon, comma = ("、", "：", "，") if language == "zh" else (" or ", ": ", ", ")
    for_whom = comma.join(f"{say(key)} {between.join(map(say, words))}" for key, words in option["when"].items())
    label = option["labels"].get(language)
    changes = []
    if option["priced_as"] is not None:
        period = name(option["priced_as"])
        changes.append(f"全部电量按{period}时段计价" if language == "zh" else f"all energy priced as {period}")
    if not option["tiers"]:
        changes.append(say("no tiers"))
    changes += [f"{name(one)} {'/'.join(prices)} {currency}/kWh" for one, prices in option["prices"].items()]
    changes += [f"{name(one)} × {factor}" for one, factor in option["factors"].items()]
    if option["without"]:
        changes.append(f"{say('without')} {comma.join(map(name, option['without']))}")
    who = for_whom if not label else f"{label}（{for_whom}）" if language == "zh" else f"{label} ({for_whom})"
    return f"{who}{colon}{comma.join(changes)}"
