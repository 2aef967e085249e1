"""A tariff's worked examples in the terms of its calendar, ready to be rated and compared."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from wattloop.library.tariffs.compiled import Calendar, Tariff
from wattloop.library.tariffs.document_examples import Example, ExpectedFactor
from wattloop.library.tariffs.problems import Path
from wattloop.library.tariffs.variants import merged_period, variant


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One example: what is used in a month and what it is expected to cost.

    `tariff` is what the options that hold by the example's terms make of it. `energy` is Wh
    by period of its calendar, every period named. `demand` is W: by the period as written, ""
    for the one maximum of all hours. `expect` maps "total", a kind, a component or a charge
    to money, or to money by period or component as written. `periods` maps a period as
    written to the calendar's. `path` is the example's place in the document.
    `capacity` is VA, `contract` W and `reactive` varh, below zero where not given; `method` is
    the demand charge chosen, `factor` what the power factor is expected to be, `allowances` the
    day of each grant.
    """

    path: Path
    tariff: Tariff
    year: int
    month: int
    energy: dict[str, int]
    demand: dict[str, int]
    expect: dict[str, Decimal | dict[str, Decimal]]
    periods: dict[str, str]
    capacity: int = -1
    contract: int = -1
    reactive: int = -1
    factor: ExpectedFactor | None = None
    allowances: dict[str, dt.date] = field(default_factory=dict)
    method: str | None = None


def worked_examples(tariff: Tariff) -> tuple[WorkedExample, ...]:
    """The examples of a tariff, none where it came without a document."""
    examples = tariff.document.examples if tariff.document is not None else ()
    return tuple(_worked(tariff, example, ("examples", index)) for index, example in enumerate(examples))


def _worked(base: Tariff, example: Example, path: Path) -> WorkedExample:
    tariff = variant(base, example.given.terms)
    year, month = example.given.month
    merged = {name: name for name in tariff.calendar.periods}
    for number in tariff.applied:
        if (priced_as := tariff.options[number].priced_as) is not None:
            merged = {name: merged_period(name, priced_as) for name in base.calendar.periods}
    periods = {written: merged[name] for written, name in periods_in_month(base.calendar, year, month).items()}
    given = example.given.energy
    if "energy" in given and len(base.calendar.periods) == 1:
        given = {base.calendar.periods[0]: given["energy"]}
    energy = dict.fromkeys(tariff.calendar.periods, 0)
    for name, amount in given.items():
        energy[periods[name]] = energy.get(periods[name], 0) + amount
    demand, expect = example.given.demand or {}, example.expect.amounts
    terms = example.given
    return WorkedExample(
        path,
        tariff,
        year,
        month,
        energy,
        demand,
        expect,
        periods,
        capacity=-1 if terms.capacity is None else terms.capacity,
        contract=-1 if terms.contract is None else terms.contract,
        reactive=-1 if terms.reactive is None else terms.reactive,
        factor=example.expect.power_factor,
        allowances=terms.allowances,
        method=terms.demand_method,
    )


def seasons_in_month(calendar: Calendar, year: int, month: int) -> list[str]:
    """The seasons that a month touches; empty where the calendar decides none of its days."""
    first = np.datetime64(f"{year:04d}-{month:02d}")
    days = np.datetime64(calendar.first_day) + np.arange(len(calendar.season_of_day))
    return [
        calendar.seasons[season] for season in np.unique(calendar.season_of_day[days.astype("datetime64[M]") == first])
    ]


def in_force(calendar: Calendar, year: int, month: int) -> set[str]:
    """The periods that any decided day of a month has."""
    first = np.datetime64(f"{year:04d}-{month:02d}")
    days = np.datetime64(calendar.first_day) + np.arange(len(calendar.pattern_of_day))
    patterns = np.unique(calendar.pattern_of_day[days.astype("datetime64[M]") == first])
    return {calendar.periods[number] for number in np.unique(calendar.patterns[patterns]).tolist()}


def periods_in_month(calendar: Calendar, year: int, month: int) -> dict[str, str]:
    """Periods as written to the calendar's own, which may be told apart by season: peak -> summer peak."""
    names = {name: name for name in calendar.periods}
    for season in seasons_in_month(calendar, year, month):
        prefix = f"{season} "
        names |= {name.removeprefix(prefix): name for name in calendar.periods if name.startswith(prefix)}
    return names
