"""Compiles the options of a document, and finds those that can never hold, change nothing or contradict another."""

from __future__ import annotations

import itertools
from decimal import Decimal

from wattloop.library.tariffs.cells import Cell, Grid, Prices
from wattloop.library.tariffs.compiled import Kind, Option, Tariff
from wattloop.library.tariffs.document import Document
from wattloop.library.tariffs.document_options import OptionPart
from wattloop.library.tariffs.drafts import PER_KWH
from wattloop.library.tariffs.problems import Findings, Path, TariffRefused, nearest
from wattloop.library.tariffs.values import Words
from wattloop.library.tariffs.variants import TERMS, with_options

CHANGES = ("time-of-use", "priced-as", "tiers", "prices", "factors", "without")


class OptionCompiler:
    """Compiles the options of one document; `tariff` is what it gives without them."""

    def __init__(self, document: Document, grid: Grid, tariff: Tariff, findings: Findings) -> None:
        """Work on one document; problems go to `findings`."""
        self.document, self.grid, self.tariff, self.findings = document, grid, tariff, findings
        self.prices = Prices(document.currency, findings)
        self.components = {one.name: one for one in tariff.components if one.counts_as is None}
        self.charges = {part.id for part in document.maxima}
        for basic in (tariff.capacity, tariff.contract, tariff.actual):
            self.charges |= {one.name for one in basic}
        for group in (tariff.fixed, tariff.minimums, tariff.percentages, tariff.taxes):
            self.charges |= {one.name for one in group}

    def compile(self) -> tuple[Option, ...]:
        """The options in the document's order."""
        options = tuple(self._option(part, ("options", at)) for at, part in enumerate(self.document.options))
        for (first, one), (second, other) in itertools.combinations(enumerate(options), 2):
            if _together(one, other):
                self._contradict(one, other, first, second)
        return options

    def try_each(self, tariff: Tariff) -> None:
        """Make the variant that each option gives, so that a fault is found now and not at the first bill."""
        for number in range(len(tariff.options)):
            try:
                with_options(tariff, (number,))
            except TariffRefused as refused:
                for problem in refused.problems:
                    self.findings.error(("options", number), problem.what, problem.mend)

    def _option(self, part: OptionPart, path: Path) -> Option:
        when = self._when(part, path)
        priced_as = self._priced_as(part, path)
        if part.tiers is False and self.document.tiers is None:
            self.findings.error((*path, "tiers"), "The tariff has no tiers to leave out.", "Remove it.")
        without = self._known(part.without, [*self.components, *sorted(self.charges)], (*path, "without"))
        factors = self._factors(part, path)
        rows = self._rows(part, path)
        for name in sorted(without & {*factors, *rows}):
            said = f"`{name}` is left out and has a price or factor too."
            self.findings.error((*path, "without"), said, "Keep one of them.")
        if not any(getattr(part, key.replace("-", "_")) is not None for key in CHANGES):
            self.findings.error(path, "The option changes nothing.", f"Write one of {', '.join(CHANGES)}.")
        clause = f"options[{path[-1]}]"
        return Option(when, priced_as, part.tiers is None, rows, factors, without, clause, part.labels)

    def _when(self, part: OptionPart, path: Path) -> dict[str, frozenset[str]]:
        written: list[tuple[str, Words | None]] = list(
            zip(TERMS, (part.when.of_class, part.when.voltage, part.when.market, part.when.option), strict=True)
        )
        when = {key: frozenset(words) for key, words in written if words is not None}
        if not when:
            said = "The option holds for every agreement."
            self.findings.error((*path, "when"), said, "Name a class, voltage, market or option, or change the tariff.")
        for key, words in when.items():
            only = self.document.scope.get(key)
            if not words:
                self.findings.error((*path, "when", key), "The list is empty.", "Name at least one word.")
            elif only is not None and only not in words:
                said = f"The tariff is for {key} {only}, so the option can never hold."
                self.findings.error((*path, "when", key), said, "Remove the option, or the word under `for`.")
        return when

    def _priced_as(self, part: OptionPart, path: Path) -> str | None:
        at, wanted = (*path, "priced-as"), part.priced_as
        if part.time_of_use is None:
            if wanted is not None:
                said = "It belongs to an option without time of use."
                self.findings.error(at, said, "Add `time-of-use: false`, or remove it.")
            return None
        known = self.grid.period_names
        if len(known) < 2:
            self.findings.error((*path, "time-of-use"), "The tariff has no time of use to leave out.", "Remove it.")
            return None
        if wanted is None:
            mend = f"Add `priced-as`. {nearest('', known)}"
            self.findings.error(path, "It is not said as which period the energy is priced.", mend)
            return None
        if wanted not in known:
            self.findings.error(at, f"There is no period `{wanted}`.", nearest(wanted, known))
            return None
        for season in dict.fromkeys(cell.season for cell in self.grid.cells):
            if Cell(wanted, season) not in self.grid.cells:
                said = f"`{wanted}` is never in force in {season}, so it has no price there."
                self.findings.error(at, said, "Choose another period.")
                return None
        for charge in self.document.maxima:
            by_period = any(
                one.kind is Kind.DEMAND_TOU for one in self.tariff.demand if one.clause == f"demand.{charge.id}"
            )
            if by_period and charge.calendar is None and charge.id not in (part.without or ()):
                said = f"`{charge.id}` is charged by period, and the option leaves no periods."
                self.findings.error(path, said, f"Leave it out as well, `without: [{charge.id}]`.")
        return wanted

    def _known(self, words: tuple[str, ...] | None, known: list[str], path: Path) -> frozenset[str]:
        for word in words or ():
            if word not in known:
                self.findings.error(path, f"No component or charge is called `{word}`.", nearest(word, known))
        return frozenset(words or ()) & frozenset(known)

    def _component(self, name: str, path: Path) -> bool:
        if name not in self.components:
            self.findings.error(path, f"There is no component `{name}`.", nearest(name, self.components))
        return name in self.components

    def _factors(self, part: OptionPart, path: Path) -> dict[str, Decimal]:
        found = {}
        for name, factor in (part.factors or {}).items():
            at = (*path, "factors", name)
            if not self._component(name, at):
                continue
            if factor <= 0:
                mend = f"Write a number above 0, or `without: [{name}]`."
                self.findings.error(at, f"A factor of {factor} leaves no price.", mend)
            elif factor == 1:
                self.findings.error(at, "A factor of 1 changes nothing.", "Write another, or remove it.")
            else:
                found[name] = factor
        return found

    def _rows(self, part: OptionPart, path: Path) -> dict[str, tuple[Decimal, ...]]:
        found = {}
        for name, tree in (part.prices or {}).items():
            at = (*path, "prices", name)
            if self._component(name, at):
                credit = self.components[name].kind is Kind.ADJUSTMENT
                row = self.prices.row(tree, at, PER_KWH, self.grid, credit=credit)
                found[name] = tuple(row or [Decimal(0)] * len(self.grid.cells))
        return found

    def _contradict(self, one: Option, other: Option, first: int, second: int) -> None:
        """Note where two options that can hold together say different things of the same."""
        path: Path = ("options", second)
        said = f"It can hold together with options[{first}]"
        mend = "Let their `when` exclude each other, or say the same in both."
        if one.priced_as and other.priced_as and one.priced_as != other.priced_as:
            what = f"{said}, which prices as {one.priced_as} and not as {other.priced_as}."
            self.findings.error((*path, "priced-as"), what, mend)
        for name in sorted({*one.prices} & {*other.prices}):
            if one.prices[name] != other.prices[name]:
                self.findings.error((*path, "prices", name), f"{said}, which gives {name} another price.", mend)


def _together(one: Option, other: Option) -> bool:
    """Whether an agreement can have the terms of both: it has one class, voltage and market, and any options."""
    return all(one.when[key] & other.when[key] for key in {*one.when} & {*other.when} if key != "option")
