"""Checks that need the whole document: names that are unique, and examples that speak of things there are."""

from __future__ import annotations

from collections.abc import Iterator

from wattloop.library.tariffs.cells import Grid
from wattloop.library.tariffs.compile_basic import ways
from wattloop.library.tariffs.compile_shares import GROUPS
from wattloop.library.tariffs.document import Document
from wattloop.library.tariffs.document_examples import Expect, Given
from wattloop.library.tariffs.examples import in_force, periods_in_month, seasons_in_month
from wattloop.library.tariffs.problems import Findings, Path, nearest

TOTAL = "total"
WHOLE_ENERGY = "energy"
_OWN_WORD = {
    "energy": "energy",
    "demand": "demand",
    "fixed": "fixed",
    "minimum": "minimum",
    "power-factor": "power-factor",
    "adjustments": "adjustment",
    "surcharges": "surcharge",
    "tax": "tax",
}


def check_names(document: Document, findings: Findings) -> None:
    """Each line of a bill is known by one name; two charges of one name could not be told apart."""
    first: dict[str, Path] = {}
    for name, path in _named(document):
        if name in {*GROUPS, TOTAL, "tax"} and name != _OWN_WORD.get(str(path[0])):
            mend = "Give it another id, so that `of` and `counts` can tell them apart."
            findings.error(path, f"`{name}` is the word for a kind of charge.", mend)
        if name in first:
            at = findings.line_of(first[name])
            where = f" on line {at}" if at else ""
            findings.error(path, f"`{name}` names another charge already{where}.", "Give each its own id.")
        first.setdefault(name, path)


def _named(document: Document) -> Iterator[tuple[str, Path]]:
    for name in document.energy.components or [WHOLE_ENERGY]:
        yield name, ("energy", "components", name)
    for name, _ in ways(document.basic) if document.basic is not None else ():
        yield name, ("demand", name)
    for index, charge in enumerate(document.maxima):
        yield charge.id, ("demand", index, "id")
    for name in document.tiers.allowances if document.tiers is not None else ():
        yield name, ("tiers", "allowances", name)
    for section in ("fixed", "minimum", "adjustments", "surcharges"):
        for index, part in enumerate(getattr(document, section)):
            yield part.id, (section, index, "id")
    for index, tax in enumerate(document.tax):
        yield tax.name or "vat", ("tax", index, "name")


def check_examples(document: Document, grid: Grid, names: frozenset[str], findings: Findings) -> None:
    """An example can only give periods there are, and expect charges there are."""
    periods = grid.period_names
    expected = [TOTAL, *GROUPS, "tax", *sorted(names), *(tax.name or "vat" for tax in document.tax)]
    expected += [part.id for part in document.minimum]
    for index, example in enumerate(document.examples):
        path: Path = ("examples", index)
        seasons = seasons_in_month(grid.calendar, *example.given.month)
        if not seasons:
            said = "The tariff's calendar does not decide that month."
            findings.error((*path, "given", "month"), said, "Choose a month in which it is in force.")
        elif len(seasons) > 1 and grid.qualified:
            said = f"The month lies in {' and '.join(seasons)}, which have their own prices."
            findings.error((*path, "given", "month"), said, "Choose a month of one season.")
        elif seasons and grid.qualified:
            there = periods_in_month(grid.calendar, *example.given.month)
            for name in sorted({*example.given.energy} & {*periods} - {*there}):
                said = f"`{name}` is never in force in {seasons[0]}."
                findings.error((*path, "given", name), said, "Give its energy to a period of that month.")
        elif len(periods) > 1:
            used = {name for name, energy in example.given.energy.items() if energy}
            year, month = example.given.month
            for name in sorted(used & {*periods} - in_force(grid.calendar, year, month)):
                said = f"No day of {year}-{month:02d} has `{name}`."
                mend = "Give its energy to a period of that month, or mend the month or the calendar."
                findings.error((*path, "given", name), said, mend)
        _check_given(example.given, periods, (*path, "given"), findings)
        granted = list(document.tiers.allowances) if document.tiers is not None else []
        for name in set(example.given.allowances) - set(granted):
            said = f"There is no allowance `{name}`."
            findings.error((*path, "given", "allowances", name), said, nearest(name, granted))
        if document.maxima and example.given.demand is None:
            findings.error((*path, "given"), "The example gives no demand, which is charged.", "Add demand: 300 kW.")
        _check_expected(example.expect, [*periods, *expected], expected, (*path, "expect"), findings)


def _check_given(given: Given, periods: tuple[str, ...], path: Path, findings: Findings) -> None:
    for name in given.energy:
        if name not in (periods or (WHOLE_ENERGY,)):
            mend = nearest(name, periods or (WHOLE_ENERGY,))
            findings.error((*path, name), f"There is no period `{name}`.", mend)
    for name in given.demand or {}:
        if name and name not in periods:
            findings.error((*path, "demand", name), f"There is no period `{name}`.", nearest(name, periods))


def _check_expected(expect: Expect, inner_known: list[str], known: list[str], path: Path, findings: Findings) -> None:
    if not expect.amounts and expect.power_factor is None:
        findings.error(path, "The example expects nothing.", "Add at least the total.")
    for name, amount in expect.amounts.items():
        if name not in known:
            findings.error((*path, name), f"No charge is called `{name}`.", nearest(name, known))
        for inner in amount if isinstance(amount, dict) else ():
            if inner not in inner_known:
                said = f"No period or charge is called `{inner}`."
                findings.error((*path, name, inner), said, nearest(inner, inner_known))
