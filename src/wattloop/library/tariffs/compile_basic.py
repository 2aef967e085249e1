"""Compiles the basic charge: what an agreement can choose between, and how parts of a month are charged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.cells import Grid, Prices
from wattloop.library.tariffs.compiled import MINUTES_PER_STEP, STEPS_PER_DAY
from wattloop.library.tariffs.compiled_basic import (
    ActualCharge,
    CapacityCharge,
    ContractCharge,
    IntensiveUse,
    OverRule,
    Suspension,
)
from wattloop.library.tariffs.document import Document
from wattloop.library.tariffs.document_basic import BasicPart
from wattloop.library.tariffs.problems import Findings, Path, nearest

BY_CAPACITY, BY_CONTRACT, BY_ACTUAL = WAYS = ("by-capacity", "by-contract", "by-actual")
PER_KVA, PER_KW = (("kVA", "month"),), (("kW",), ("kW", "month"))
MINUTES_PER_DAY = MINUTES_PER_STEP * STEPS_PER_DAY


@dataclass(frozen=True, slots=True)
class Basic:
    """The compiled parts of a basic charge."""

    capacity: tuple[CapacityCharge, ...] = ()
    contract: tuple[ContractCharge, ...] = ()
    actual: tuple[ActualCharge, ...] = ()
    intensive: IntensiveUse | None = None
    suspension: tuple[Suspension, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What its charges are called."""
        of = [one.name for one in self.capacity] + [one.name for one in self.contract]
        return (*of, *(one.name for one in self.actual))


def ways(part: BasicPart) -> Iterator[tuple[str, Any]]:
    """The ways of charging that a document offers, by name."""
    for name in WAYS:
        if (offered := getattr(part, name.replace("-", "_"))) is not None:
            yield name, offered


def compile_basic(document: Document, grid: Grid, findings: Findings) -> Basic:
    """The basic charge of a document; empty where it has none."""
    part = document.basic
    return Basic() if part is None else _Compiler(document, part, grid, findings).compile()


def check_block(block: int | None, path: Path, findings: Findings) -> None:
    """Note a length of time for maxima of which a day holds no whole number."""
    if block is not None and (block % MINUTES_PER_STEP or MINUTES_PER_DAY % block):
        said = f"A day does not hold a whole number of blocks of {block} min."
        findings.error(path, said, "Write 15 min, 30 min or 60 min.")


class _Compiler:
    def __init__(self, document: Document, part: BasicPart, grid: Grid, findings: Findings) -> None:
        self.part, self.grid, self.findings = part, grid, findings
        self.over = document.segments.demand
        self.prices = Prices(document.currency, findings)

    def compile(self) -> Basic:
        if not list(ways(self.part)):
            mend = "Write for instance `by-capacity: {price: 22 CNY/kVA/month}`, or a list of charges."
            self.findings.error(("demand",), "The basic charge offers no way of charging.", mend)
        return Basic(
            tuple(self._capacity()),
            tuple(self._contract()),
            tuple(self._actual()),
            self._intensive(),
            tuple(self._suspensions()),
        )

    def _priced(self, way: str, offered: Any, per: tuple[tuple[str, ...], ...]) -> bool:
        good = self.prices.check(offered.price, ("demand", way, "price"), per, self.grid)
        if way != BY_CAPACITY:
            check_block(offered.block, ("demand", way, "block"), self.findings)
        return good

    def _capacity(self) -> Iterator[CapacityCharge]:
        one = self.part.by_capacity
        if one is not None and self._priced(BY_CAPACITY, one, PER_KVA):
            clause = f"demand.{BY_CAPACITY}"
            yield CapacityCharge(BY_CAPACITY, one.price.value, self.part.proration, clause, BY_CAPACITY, one.labels)

    def _contract(self) -> Iterator[ContractCharge]:
        one = self.part.by_contract
        if one is None:
            return
        if one.over < 1:
            said = f"Demand below the contract, from {one.over * 100:f} % of it on, would cost double."
            self.findings.error(("demand", BY_CONTRACT, "over"), said, "Write 100 % or more.")
        if self._priced(BY_CONTRACT, one, PER_KW):
            yield ContractCharge(
                BY_CONTRACT,
                one.price.value,
                one.floor,
                one.over,
                OverRule(one.over_rule),
                one.block,
                self.part.proration,
                f"demand.{BY_CONTRACT}",
                self.over,
                BY_CONTRACT,
                one.labels,
            )

    def _actual(self) -> Iterator[ActualCharge]:
        one = self.part.by_actual
        if one is not None and self._priced(BY_ACTUAL, one, PER_KW):
            yield ActualCharge(
                BY_ACTUAL,
                one.price.value,
                one.floor,
                one.block,
                self.part.proration,
                f"demand.{BY_ACTUAL}",
                self.over,
                BY_ACTUAL,
                one.labels,
            )

    def _intensive(self) -> IntensiveUse | None:
        rule = self.part.intensive_use
        if rule is None:
            return None
        path: Path = ("demand", "intensive-use")
        known = [name for name, _ in ways(self.part) if name != BY_CAPACITY]
        for name in rule.applies_to:
            if name not in known:
                said = f"`{name}` is no charge per kW that this tariff offers."
                self.findings.error((*path, "applies-to"), said, nearest(name, known))
        if not 0 <= rule.price_factor <= 1:
            said = f"A factor of {rule.price_factor} is no relief."
            self.findings.error((*path, "price-factor"), said, "Write a number from 0 to 1, 0.9.")
        elif not all(self._exact(one.price.value * rule.price_factor, path) for _, one in ways(self.part)):
            return None
        return IntensiveUse(rule.when, rule.price_factor, frozenset(rule.applies_to))

    def _exact(self, price: Decimal, path: Path) -> bool:
        return self.prices.exact(price, (*path, "price-factor"))

    def _suspensions(self) -> Iterator[Suspension]:
        rules = self.part.suspension
        for index, rule in enumerate(rules):
            path: Path = ("demand", "suspension", index) if len(rules) > 1 else ("demand", "suspension")
            if rule.shorter_than is None and rule.within is None and index < len(rules) - 1:
                said = "The rule holds for every suspension, so those after it are never asked."
                self.findings.error(path, said, "Move it to the end.")
            yield Suspension(rule.charged, rule.shorter_than, rule.within)
