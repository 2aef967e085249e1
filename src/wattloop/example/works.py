"""The county's works: its factories and large commerce at 10 kV, with their transformers and what was agreed with them.

What sets one works apart (by which charge it pays, what changes, how it is measured) goes by its
turn among the factories, so that a county of any size has the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wattloop.example.accounts import class_of, point_name
from wattloop.example.classes import CLASSES, CustomerClass
from wattloop.example.customer import character

FACTORY, COMMERCE = "industrial-two-part-10kv", "commercial-single-part-10kv"
_LARGE = 8_000  # W of size from which a shop, an office or a restaurant is supplied at 10 kV
_FACTOR = {"industrial-one-shift": 3.0, "industrial-two-shifts": 2.1, "industrial-continuous": 1.4}
_SIZES = (30, 50, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500)  # kVA, as made
_SMALLEST = 100  # kVA of a works
_CURRENT = (10, 15, 20, 30, 40, 50, 75, 100, 150, 200)  # A, of transformers of current to 5 A
_SECOND, _LIGHTING = 600_000, 700_000  # from a main meter's number to that of a second feed, and of the lighting

CONTRACT, SEALED, LIGHTING, MARKET, EXCHANGED, TWO_FEEDS, INTENSIVE, GROWN = range(8)
"""What is particular of a factory: a contract demand; a transformer sealed; lighting at its own price; a change to the
market; an exchange of the meter; two feeds; energy-intensive; a second transformer and another owner."""


@dataclass(frozen=True)
class Works:
    """A customer at 10 kV.

    Args:
        index: its number in the county.
        kind: its class.
        watts: its size.
        turn: its number among the factories; below zero for commerce.
        seed: the county's.
    """

    index: int
    kind: CustomerClass
    watts: float
    turn: int
    seed: int

    @property
    def particular(self) -> int:
        """What is particular of a factory; below zero for commerce."""
        return self.turn % 8 if self.turn >= 0 else -1

    @property
    def point(self) -> str:
        """Its main meter, and its number as an agreement."""
        return point_name(self.index)

    @property
    def second(self) -> str:
        """The meter of its second feed."""
        return point_name(self.index + _SECOND)

    @property
    def lighting(self) -> str:
        """Its lighting, which has a price of its own."""
        return point_name(self.index + _LIGHTING)

    @property
    def by_registers(self) -> bool:
        """Whether its main meter is billed by registers: commerce, and some factories."""
        return self.particular in (-1, CONTRACT, EXCHANGED)

    @cached_property
    def capacity(self) -> int:
        """KVA of the one transformer that would do for it."""
        return size_of(max(_SMALLEST, self.watts / 1000 * _FACTOR.get(self.kind.id, 3.0)))

    @cached_property
    def multiplier(self) -> int:
        """Current times voltage ratio of its meters, at 10 kV."""
        ampere = self.capacity / (10 * np.sqrt(3))
        return next((i for i in _CURRENT if i >= ampere), _CURRENT[-1]) // 5 * 100

    @cached_property
    def reactive(self) -> float:
        """Kvarh per kWh."""
        return float(np.random.default_rng([self.seed, self.index, 5]).uniform(0.28, 0.80))


def size_of(kva: float) -> int:
    """KVA of the smallest transformer that is made with at least so many."""
    return next((size for size in _SIZES if size >= kva), _SIZES[-1])


def works(accounts: int, seed: int) -> list[Works]:
    """Every works of a county, by number."""
    of, found, turn = class_of(accounts, seed), list[Works](), 0
    for index in range(accounts):
        kind = CLASSES[of[index]]
        factory = kind.tariff == FACTORY
        if factory or kind.id in ("shop", "office", "restaurant"):
            watts = character(kind, index, seed).watts
            if factory or watts >= _LARGE:
                found.append(Works(index, kind, watts, turn if factory else -1, seed))
            turn += factory
    return found
