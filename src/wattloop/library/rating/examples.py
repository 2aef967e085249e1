"""A tariff's own worked examples, rated and compared: the proof it carries is checked, not trusted."""

from __future__ import annotations

import calendar as months
import datetime as dt
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


def check_examples(tariff: Tariff, findings: Findings) -> None:
    """Note every expectation that the tariff does not meet; for `tariffs.load` and `tariffs.check`.

    An example's month stands alone: yearly tiers begin with it.
    """
    for example in worked_examples(tariff):
        if tariff.tiers is not None and tariff.tiers.pooling is Pooling.TIME_ORDER:
            findings.warn(example.path, "tiers in time order need readings, so this example is not checked")
            continue
        charges = _charges(example.tariff, example)
        digits = Pricing.of(tariff).digits
        for name, wanted in example.expect.items():
            if isinstance(wanted, dict):
                for part, amount in wanted.items():
                    found = _sum(_chosen(charges, name, example.periods.get(part, part)), digits)
                    _compare(findings, (*example.path, "expect", name, part), amount, found)
            else:
                found = _sum(charges if name == "total" else _named(charges, name), digits)
                _compare(findings, (*example.path, "expect", name), wanted, found)


def _compare(findings: Findings, path: tuple[str | int, ...], wanted: Decimal, found: Decimal) -> None:
    if wanted != found:
        findings.error(path, f"expects {wanted}, the tariff gives {found}", "Mend the price or the example.")


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
    return [c for c in _named(charges, name) if part in (c.tou, c.component)]


def _sum(charges: list[Charge], digits: int) -> Decimal:
    total = sum(int(c.amount[0]) for c in charges if c.shown is None or c.shown[0])
    return Decimal(total).scaleb(-digits)
