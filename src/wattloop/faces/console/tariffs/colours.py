"""Which of six colours each period has, from the dearest to the cheapest, and the sign that stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from wattloop.library.tariffs import Tariff

# As these periods are coloured wherever tariffs are drawn; others by their price.
_KNOWN = {"sharp": 0, "peak": 1, "day": 1, "shoulder": 2, "flat": 3, "valley": 4, "night": 4, "deep-valley": 5}
_PLAIN = 3
_BY_RANK = {1: (3,), 2: (1, 4), 3: (1, 3, 4), 4: (0, 1, 3, 4), 5: (0, 1, 3, 4, 5)}


def colours(tariff: Tariff, periods: Iterable[str]) -> dict[str, int]:
    """{period: 0-5}, 0 the dearest; one that has several prices, by season, is coloured as its first."""
    priced = _priced(tariff)
    return {one: priced.get(one, _first_season(priced, one)) for one in periods}


def _first_season(priced: Mapping[str, int], period: str) -> int:
    return next((colour for name, colour in priced.items() if name.rpartition(" ")[2] == period), _PLAIN)


def _priced(tariff: Tariff) -> dict[str, int]:
    totals: dict[str, Decimal] = {}
    for number, period in enumerate(tariff.calendar.periods):
        rows = (one.prices[0] for one in tariff.components)
        totals[period] = sum((row[number] if len(row) > 1 else row[0] for row in rows), start=_nothing())
    bare = {period: period.rpartition(" ")[2] for period in totals}
    if all(name in _KNOWN for name in bare.values()) and len(totals) > 1:
        return {period: _KNOWN[name] for period, name in bare.items()}
    ranked = sorted(set(totals.values()), reverse=True)
    places = _BY_RANK.get(len(ranked), (0, 1, 2, 3, 4, 5))
    return {period: places[ranked.index(total) * len(places) // len(ranked)] for period, total in totals.items()}


def signs(periods: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """A sign for each period in the reader's language: the first of its name, where those differ."""
    from wattloop.library.tariffs.show import letters

    held = tuple(periods)
    first = {period: names[period][:1].upper() for period in held}
    return first if len(set(first.values())) == len(held) else letters(held)


def _nothing() -> Decimal:
    from decimal import Decimal

    return Decimal(0)
