"""A tariff's own worked examples, rated and compared: the proof it carries is checked, not trusted."""

from __future__ import annotations

import calendar as months
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from wattloop.library.rating.bills import Bills
from wattloop.library.rating.demand import calendar_of
from wattloop.library.rating.lines import Charge
from wattloop.library.rating.periods import BillPeriod
from wattloop.library.rating.price import price_bills
from wattloop.library.rating.pricing import Pricing
from wattloop.library.tariffs.compiled import Pooling, Tariff
from wattloop.library.tariffs.examples import WorkedExample, worked_examples
from wattloop.library.tariffs.problems import Findings


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation of an example, and what the tariff gives.

    `name` is "total", a kind, component or charge; `part` a period or component of it, ""
    for the whole. `found` is None where the example cannot be rated without readings.
    """

    example: WorkedExample
    name: str
    part: str
    expected: Decimal
    found: Decimal | None

    @property
    def path(self) -> tuple[str | int, ...]:
        """The expectation's place in the document."""
        return (*self.example.path, "expect", self.name, *([self.part] if self.part else []))

    @property
    def ok(self) -> bool:
        """Whether the tariff gives what is expected."""
        return self.found == self.expected


def outcomes(tariff: Tariff) -> list[Outcome]:
    """Rate every worked example of a tariff, each with the options that its terms make hold.

    An example's month stands alone: yearly tiers begin with it.
    """
    found = []
    for example in worked_examples(tariff):
        charges = None if _needs_readings(example.tariff) else _charges(example.tariff, example)
        digits = Pricing.of(example.tariff).digits
        for name, wanted in example.expect.items():
            for part, amount in wanted.items() if isinstance(wanted, dict) else [("", wanted)]:
                chosen = _chosen(charges, name, example.periods.get(part, part)) if charges is not None else None
                given = None if chosen is None else _sum(chosen, digits)
                found.append(Outcome(example, name, part, amount, given))
    return found


def check_examples(tariff: Tariff, findings: Findings) -> None:
    """Note every expectation that the tariff does not meet; for `tariffs.load` and `tariffs.check`."""
    for outcome in outcomes(tariff):
        if outcome.found is None:
            findings.warn(outcome.example.path, "tiers in time order need readings, so this example is not checked")
        elif not outcome.ok:
            said = f"expects {outcome.expected}, the tariff gives {outcome.found}"
            findings.error(outcome.path, said, "Mend the price or the example.")


def _needs_readings(tariff: Tariff) -> bool:
    return tariff.tiers is not None and tariff.tiers.pooling is Pooling.TIME_ORDER


def _charges(tariff: Tariff, example: WorkedExample) -> list[Charge]:
    start = dt.date(example.year, example.month, 1)
    end = start + dt.timedelta(days=months.monthrange(example.year, example.month)[1])
    energy = np.array([[example.energy[p] for p in tariff.calendar.periods]], np.int64)
    calendar = tariff.calendar
    calendars: dict[int, int] = {}
    demand = {}
    for charge in tariff.demand:
        own = calendar_of(tariff, charge)
        number = calendars.setdefault(id(own), len(calendars))
        watts = [example.demand.get(p, example.demand.get("", 0)) for p in own.periods]
        for written, name in example.periods.items():
            if written in example.demand and name in own.periods:
                watts[own.periods.index(name)] = example.demand[written]
        demand[number, charge.block_minutes or 0] = np.array([watts], np.int64)
    bills = Bills(
        number=np.zeros(1, np.int32),
        period=np.zeros(1, np.int32),
        periods=[BillPeriod(start, end)],
        energy_exact=energy,
        rounding=tariff.rounding,
        mine=np.ones(1, bool),
        season=calendar.season_of_day[[(start - calendar.first_day).days]].astype(np.int16),
        demand=demand,
    )
    return price_bills(bills, tariff, calendars)


def _named(charges: list[Charge], name: str) -> list[Charge]:
    if name == "demand":
        return [c for c in charges if c.kind.value.startswith("demand")]
    return [c for c in charges if c.is_of((name,))]


def _chosen(charges: list[Charge], name: str, part: str) -> list[Charge]:
    named = charges if name == "total" else _named(charges, name)
    return [c for c in named if part in (c.tou, c.component)] if part else named


def _sum(charges: list[Charge], digits: int) -> Decimal:
    total = sum(int(c.amount[0]) for c in charges if c.shown is None or c.shown[0])
    return Decimal(total).scaleb(-digits)
