"""A tariff's worked examples in the terms of its calendar, ready to be rated and compared."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from wattloop.library.tariffs.compiled import Calendar, Tariff
from wattloop.library.tariffs.problems import Path


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One example: what is used in a month and what it is expected to cost.

    `energy` is Wh by period of the tariff's calendar, every period named. `demand` is W: by
    the period as written, "" for the one maximum of all hours. `expect` maps "total", a
    kind, a component or a charge to money, or to money by period or component as written.
    `periods` maps a period as written to the calendar's. `path` is the example's place in
    the document.
    """

    path: Path
    year: int
    month: int
    energy: dict[str, int]
    demand: dict[str, int]
    expect: dict[str, Decimal | dict[str, Decimal]]
    periods: dict[str, str]


def worked_examples(tariff: Tariff) -> tuple[WorkedExample, ...]:
    """The examples of a tariff, none where it came without a document."""
    found = []
    for index, example in enumerate(tariff.document.examples if tariff.document is not None else ()):
        year, month = example.given.month
        periods = periods_in_month(tariff.calendar, year, month)
        given = example.given.energy
        if "energy" in given and len(tariff.calendar.periods) == 1:
            given = {tariff.calendar.periods[0]: given["energy"]}
        energy = dict.fromkeys(tariff.calendar.periods, 0)
        energy |= {periods.get(name, name): amount for name, amount in given.items()}
        demand, expect = example.given.demand or {}, example.expect.amounts
        found.append(WorkedExample(("examples", index), year, month, energy, demand, expect, periods))
    return tuple(found)


def seasons_in_month(calendar: Calendar, year: int, month: int) -> list[str]:
    """The seasons that a month touches; empty where the calendar decides none of its days."""
    first = np.datetime64(f"{year:04d}-{month:02d}")
    days = np.datetime64(calendar.first_day) + np.arange(len(calendar.season_of_day))
    return [
        calendar.seasons[season] for season in np.unique(calendar.season_of_day[days.astype("datetime64[M]") == first])
    ]


def periods_in_month(calendar: Calendar, year: int, month: int) -> dict[str, str]:
    """Periods as written to the calendar's own, which may be told apart by season: peak -> summer peak."""
    names = {name: name for name in calendar.periods}
    for season in seasons_in_month(calendar, year, month):
        prefix = f"{season} "
        names |= {name.removeprefix(prefix): name for name in calendar.periods if name.startswith(prefix)}
    return names
