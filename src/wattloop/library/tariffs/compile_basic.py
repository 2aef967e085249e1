"""Compiles the basic charge: what an agreement can choose between, and how parts of a month are charged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wattloop.library.tariffs.cells import Grid, Prices
from wattloop.library.tariffs.compiled import CapacityCharge, Suspension
from wattloop.library.tariffs.document import Document
from wattloop.library.tariffs.document_basic import BasicPart
from wattloop.library.tariffs.problems import Findings, Path

BY_CAPACITY = "by-capacity"
WAYS = (BY_CAPACITY,)
PER_KVA = (("kVA", "month"),)


@dataclass(frozen=True, slots=True)
class Basic:
    """The compiled parts of a basic charge."""

    capacity: tuple[CapacityCharge, ...] = ()
    suspension: tuple[Suspension, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What its charges are called."""
        return tuple(charge.name for charge in self.capacity)


def ways(part: BasicPart) -> Iterator[tuple[str, Any]]:
    """The ways of charging that a document offers, by name."""
    for name in WAYS:
        if (offered := getattr(part, name.replace("-", "_"))) is not None:
            yield name, offered


def compile_basic(document: Document, grid: Grid, findings: Findings) -> Basic:
    """The basic charge of a document; empty where it has none."""
    part = document.basic
    if part is None:
        return Basic()
    if not list(ways(part)):
        mend = "Write for instance `by-capacity: {price: 22 CNY/kVA/month}`, or a list of charges."
        findings.error(("demand",), "The basic charge offers no way of charging.", mend)
    prices = Prices(document.currency, findings)
    capacity = []
    if part.by_capacity is not None:
        path: Path = ("demand", BY_CAPACITY, "price")
        if prices.check(part.by_capacity.price, path, PER_KVA, grid):
            price, clause = part.by_capacity.price.value, f"demand.{BY_CAPACITY}"
            labels = part.by_capacity.labels
            capacity.append(CapacityCharge(BY_CAPACITY, price, part.proration, clause, BY_CAPACITY, labels))
    return Basic(tuple(capacity), tuple(_suspensions(part, findings)))


def _suspensions(part: BasicPart, findings: Findings) -> Iterator[Suspension]:
    for index, rule in enumerate(part.suspension):
        path: Path = ("demand", "suspension", index) if len(part.suspension) > 1 else ("demand", "suspension")
        last = index == len(part.suspension) - 1
        if rule.shorter_than is None and rule.within is None and not last:
            said = "The rule holds for every suspension, so those after it are never asked."
            findings.error(path, said, "Move it to the end.")
        yield Suspension(rule.charged, rule.shorter_than, rule.within)
