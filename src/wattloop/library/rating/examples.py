"""A tariff's own worked examples, rated and compared: the proof it carries is checked, not trusted."""

from __future__ import annotations

import calendar as months
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.model import ALWAYS, FOR_EVER, Versions
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.agreements.variants import EPOCH, by_method
from wattloop.library.rating.charges.bills import EMPTY, Bills
from wattloop.library.rating.charges.demand import calendar_of
from wattloop.library.rating.charges.lines import Charge
from wattloop.library.rating.charges.price import price_bills
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.tariffs.compiled import DemandCharge, Kind, Pooling, Tariff
from wattloop.library.tariffs.examples import WorkedExample, worked_examples
from wattloop.library.tariffs.problems import Findings

TIME_ORDER = "tiers in time order need readings, so this example is not checked"
DEMAND = (Kind.DEMAND_FLAT, Kind.DEMAND_TOU, Kind.CAPACITY)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation of an example, and what the tariff gives.

    `name` is "total", a kind, component or charge; `part` a period or component of it, ""
    for the whole. `found` is None where the example cannot be rated, and `why` says the reason.
    """

    example: WorkedExample
    name: str
    part: str
    expected: Decimal
    found: Decimal | None
    why: str = ""

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
        found += _outcomes(example, digits=Pricing.of(example.tariff).digits)
    return found


def _outcomes(example: WorkedExample, digits: int) -> list[Outcome]:
    charges, why = (None, TIME_ORDER) if _needs_readings(example.tariff) else _charges(example)
    found = []
    for name, wanted in example.expect.items():
        for part, amount in wanted.items() if isinstance(wanted, dict) else [("", wanted)]:
            chosen = _chosen(charges, name, example.periods.get(part, part)) if charges is not None else None
            given = None if chosen is None else _sum(chosen, digits)
            found.append(Outcome(example, name, part, amount, given, why))
    return found + (_factor(example, charges, digits) if charges is not None else [])


def _factor(example: WorkedExample, charges: list[Charge], digits: int) -> list[Outcome]:
    """What is expected of the power factor, and what the tariff gives."""
    if example.factor is None:
        return []
    line = next((c for c in charges if c.kind is Kind.POWER_FACTOR), None)
    found: dict[str, Decimal | None] = dict.fromkeys(("value", "rate", "amount"))
    why = "The tariff adjusts nothing by the power factor."
    if line is not None:
        hundredths, rate = (np.asarray(line.facts[name]).reshape(-1) for name in ("power_factor", "rate"))
        value, share = Decimal(int(hundredths[0])).scaleb(-2), Decimal(int(rate[0])).scaleb(-4)
        found, why = {"value": value, "rate": share, "amount": _sum([line], digits)}, ""
    wanted = {name: getattr(example.factor, name) for name in found}
    return [
        Outcome(example, "power-factor", name, expected, found[name], why)
        for name, expected in wanted.items()
        if expected is not None
    ]


def check_examples(tariff: Tariff, findings: Findings) -> None:
    """Note every expectation that the tariff does not meet; for `tariffs.load` and `tariffs.check`."""
    for outcome in outcomes(tariff):
        if outcome.found is None:
            if outcome.why == TIME_ORDER:
                findings.warn(outcome.example.path, TIME_ORDER)
            else:
                findings.error((*outcome.example.path, "given"), outcome.why, "Give it.")
        elif not outcome.ok:
            said = f"expects {outcome.expected}, the tariff gives {outcome.found}"
            findings.error(outcome.path, said, "Mend the price or the example.")


def _needs_readings(tariff: Tariff) -> bool:
    return tariff.tiers is not None and tariff.tiers.pooling is Pooling.TIME_ORDER


def _charges(example: WorkedExample) -> tuple[list[Charge] | None, str]:
    """The charges of an example, or why it cannot be billed."""
    tariff = by_method(example.tariff, example.method)
    bills = _bills(tariff, example)
    charges = price_bills(bills, tariff, _calendars(tariff))
    if bills.held:
        return None, f"The example cannot be billed: {bills.held[0][1]}."
    return charges, ""


def _bills(tariff: Tariff, example: WorkedExample) -> Bills:
    """The one bill of an example."""
    start = dt.date(example.year, example.month, 1)
    end = start + dt.timedelta(days=months.monthrange(example.year, example.month)[1])
    calendar = tariff.calendar
    return Bills(
        number=np.zeros(1, np.int32),
        period=np.zeros(1, np.int32),
        periods=[BillPeriod(start, end)],
        energy_exact=np.array([[example.energy[p] for p in calendar.periods]], np.int64),
        rounding=tariff.rounding,
        mine=np.ones(1, bool),
        season=calendar.season_of_day[[(start - calendar.first_day).days]].astype(np.int16),
        demand=_maxima(tariff, example),
        active=np.array([sum(example.energy.values())], np.int64),
        reactive=np.array([example.reactive], np.int64),
        whole=np.array([sum(example.energy.values())], np.int64),
        versions=_terms(tariff, example),
        version=np.zeros(1, np.int64),
    )


def _terms(tariff: Tariff, example: WorkedExample) -> Versions:
    def one(value: int) -> Whole:
        return np.array([value], np.int64)

    return Versions(
        one(0),
        one(ALWAYS),
        one(FOR_EVER),
        pa.array([tariff.id]),
        np.zeros(1, np.int32),
        [{}],
        one(example.capacity),
        one(example.contract),
        pa.nulls(1, pa.string()),
        {name: one((granted - EPOCH).days) for name, granted in example.allowances.items()},
    )


def _calendars(tariff: Tariff) -> dict[int, int]:
    """The number of each calendar by which demand is charged."""
    found: dict[int, int] = {}
    for charge in tariff.maxima:
        found.setdefault(id(calendar_of(tariff, charge)), len(found))
    return found


def _maxima(tariff: Tariff, example: WorkedExample) -> dict[tuple[int, int], Whole]:
    calendars, demand = _calendars(tariff), {}
    for charge in tariff.maxima:
        own = calendar_of(tariff, charge)
        unknown = 0 if isinstance(charge, DemandCharge) else EMPTY
        watts = [example.demand.get(p, example.demand.get("", unknown)) for p in own.periods]
        for written, name in example.periods.items():
            if written in example.demand and name in own.periods:
                watts[own.periods.index(name)] = example.demand[written]
        demand[calendars[id(own)], charge.block_minutes or 0] = np.array([watts], np.int64)
    return demand


def _named(charges: list[Charge], name: str) -> list[Charge]:
    if name == "demand":
        return [c for c in charges if c.kind in DEMAND]
    return [c for c in charges if c.is_of((name,))]


def _chosen(charges: list[Charge], name: str, part: str) -> list[Charge]:
    named = charges if name == "total" else _named(charges, name)
    return [c for c in named if part in (c.tou, c.component)] if part else named


def _sum(charges: list[Charge], digits: int) -> Decimal:
    total = sum(int(c.amount[0]) for c in charges if c.shown is None or c.shown[0])
    return Decimal(total).scaleb(-digits)
