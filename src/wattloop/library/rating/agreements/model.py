"""Agreements as columns: what is billed, on which points, under which dated terms.

An agreement has *versions* (from when, which tariff, which terms) and *points* (where its
energy is measured, which way they count). A point with a tariff of its own is a *part* of
the agreement: priced by itself, on the same bill. Days are whole days since 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Whole

ABSENT = -1
ALWAYS, FOR_EVER = -(2**30), 2**30  # days: open at the beginning, open at the end

BY_READINGS, BY_INTERVALS, BY_REGISTERS, BY_CONTRACT = 0, 1, 2, 3
"""Where a point's energy comes from: whatever there is, intervals, registers, or a fixed amount agreed on."""

Kind = Mapping[str, Any]
"""Terms that are words: class, voltage, market, demand-method (str) and option (frozenset)."""


@dataclass(frozen=True, eq=False)
class Versions:
    """m dated versions, sorted by agreement and start; those of one agreement do not overlap.

    Args:
        agreement: int64[m], the agreement.
        start, end: int64[m], days; `end` is the day after the last.
        tariff: string[m], the tariff's id.
        kind: int32[m], index into `kinds`.
        kinds: the distinct combinations of terms that are words.
        capacity: int64[m], VA of the transformers in service; ABSENT where not agreed.
        contract: int64[m], W of contract demand.
        customer: string[m], who owns the agreement; null where not told.
        allowances: {name: int64[m]}, the day each was granted; FOR_EVER where it was not.
    """

    agreement: Whole
    start: Whole
    end: Whole
    tariff: pa.Array
    kind: npt.NDArray[np.int32]
    kinds: list[Kind]
    capacity: Whole
    contract: Whole
    customer: pa.Array
    allowances: dict[str, Whole] = field(default_factory=dict)

    @cached_property
    def owner(self) -> Whole:
        """int64[m], equal where the customer is."""
        return np.asarray(pc.fill_null(pc.dictionary_encode(self.customer).indices, ABSENT)).astype(np.int64)

    def take(self, rows: Whole) -> Versions:
        """Some of them, in that order."""
        chosen = pa.array(rows)
        return replace(
            self,
            agreement=self.agreement[rows],
            start=self.start[rows],
            end=self.end[rows],
            tariff=self.tariff.take(chosen),
            kind=self.kind[rows],
            capacity=self.capacity[rows],
            contract=self.contract[rows],
            customer=self.customer.take(chosen),
            allowances={name: days[rows] for name, days in self.allowances.items()},
        )

    def at(self, agreement: Whole, day: Whole) -> Whole:
        """The version in force for each agreement on a day; ABSENT where none is."""
        if not len(self.start):
            return np.full(len(agreement), ABSENT, np.int64)
        width = 2**32
        keys = self.agreement * width + self.start - ALWAYS
        found = np.searchsorted(keys, agreement * width + day - ALWAYS, side="right") - 1
        known = (found >= 0) & (self.agreement[found] == agreement) & (self.end[found] > day)
        return np.where(known, found, ABSENT)


@dataclass(frozen=True, eq=False)
class Points:
    """k points of agreements, sorted by agreement.

    Args:
        agreement: int64[k].
        point: string[k], as readings name it.
        source: int8[k], BY_READINGS and so on.
        tariff: string[k], null where the agreement's applies.
        parent: int64[k], the point it is measured behind; ABSENT for a main meter.
        series: bool[k], whether its energy has passed its parent's meter and is taken out there.
        start, end: int64[k], days on which it belongs to the agreement.
        fixed: int64[k], Wh a month agreed on; ABSENT where it is measured.
        share: int64[k], millionths of its parent's energy agreed on; ABSENT where it is measured.
        placed: string[k], the period of the parent that a fixed amount is taken out of.
    """

    agreement: Whole
    point: pa.Array
    source: npt.NDArray[np.int8]
    tariff: pa.Array
    parent: Whole
    series: npt.NDArray[np.bool_]
    start: Whole
    end: Whole
    fixed: Whole
    share: Whole
    placed: pa.Array


@dataclass(frozen=True, slots=True)
class Transformer:
    """A transformer of an agreement.

    Args:
        name: as the agreement calls it.
        capacity: VA.
        states: from which day (since 1970-01-01) it is in which of `STATES`, in order.
        interlock: transformers of one name of interlock cannot run at once.
    """

    name: str
    capacity: int
    states: tuple[tuple[int, str], ...]
    interlock: str | None = None


STATES = ("running", "hot-standby", "cold-standby", "sealed")


@dataclass(frozen=True, eq=False)
class Agreements:
    """Everything a run knows of whom it bills.

    Args:
        names: string[n], the agreements' numbers.
        transformers: {agreement: its transformers}, of those whose capacity follows from them.
    """

    names: pa.Array
    versions: Versions
    points: Points
    transformers: dict[int, tuple[Transformer, ...]] = field(default_factory=dict)

    @property
    def simple(self) -> bool:
        """Whether every agreement has one main point, measured, for all its days."""
        points = self.points
        return bool(
            len(points.agreement) == len(self.names)
            and (points.parent == ABSENT).all()
            and (points.source != BY_CONTRACT).all()
            and (points.start == ALWAYS).all()
            and (points.end == FOR_EVER).all()
            and points.tariff.null_count == len(points.tariff)
        )


def one_each(points: pa.Array, tariff: str) -> Agreements:
    """Each point its own agreement, under one tariff for ever."""
    return plain(points, points, pc.fill_null(pa.nulls(len(points), pa.string()), tariff))


def plain(names: pa.Array, points: pa.Array, tariffs: pa.Array) -> Agreements:
    """Agreements of one point each, without dates or other terms."""
    n = len(names)
    number = np.arange(n)
    none, nothing = np.full(n, ABSENT, np.int64), pa.nulls(n, pa.string())
    always, ever = np.full(n, ALWAYS, np.int64), np.full(n, FOR_EVER, np.int64)
    versions = Versions(number, always, ever, tariffs, np.zeros(n, np.int32), [{}], none, none, nothing)
    behind = np.zeros(n, bool)
    source = np.zeros(n, np.int8)
    measured = Points(number, points, source, nothing, none, behind, always, ever, none, none, nothing)
    return Agreements(names, versions, measured)
