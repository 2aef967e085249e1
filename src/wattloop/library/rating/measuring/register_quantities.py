"""Quantities that registers counted, by leg and piece, and asked for by register."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.dayrows import ACTIVE_IN, REACTIVE
from wattloop.library.quantity.exact import add_at, added
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import EMPTY

DEMAND = "demand"
QUADRANTS = ("reactive_q1", "reactive_q2", "reactive_q3", "reactive_q4")


class RegisterQuantities:
    """Register quantities by leg and piece, asked for by register."""

    def __init__(self, count: int, at: Whole, quantity: Whole, days: Whole, code: Whole, names: list[str]) -> None:
        self.count, self.at, self.quantity, self.days, self.code, self.names = count, at, quantity, days, code, names

    def sum(self, name: str) -> tuple[Whole, npt.NDArray[np.bool_]]:
        """What a register counted, and where there is one."""
        total, seen = np.zeros(self.count, np.int64), np.zeros(self.count, bool)
        if name in self.names:
            mine = self.code == self.names.index(name)
            add_at(total, self.at[mine], self.quantity[mine])
            seen[self.at[mine]] = True
        return total, seen

    def most(self, name: str) -> Whole:
        """The highest a register of maxima stood at; EMPTY where there is none."""
        found = np.full(self.count, EMPTY, np.int64)
        if name in self.names:
            mine = self.code == self.names.index(name)
            np.maximum.at(found, self.at[mine], self.quantity[mine])
        return found

    def periods(self, of: str) -> list[str]:
        """The time-of-use periods that have a register."""
        return [name.partition(":")[2] for name in self.names if name.startswith(f"{of}:")]

    def total(self) -> Whole:
        """Active energy of all periods: the total register, or where there is none the sum of the others."""
        total, seen = self.sum(ACTIVE_IN)
        parts = [self.sum(f"{ACTIVE_IN}:{name}")[0] for name in self.periods(ACTIVE_IN)]
        return np.where(seen, total, added(parts, self.count))

    def covered(self) -> Whole:
        """Days that the total register speaks of, or where there is none the best of the others."""
        found = np.zeros(self.count, np.int64)
        for name in (ACTIVE_IN, *(f"{ACTIVE_IN}:{period}" for period in self.periods(ACTIVE_IN))):
            if name in self.names:
                days = np.zeros(self.count, np.int64)
                mine = self.code == self.names.index(name)
                np.add.at(days, self.at[mine], self.days[mine])
                found = np.maximum(found, days)
        return found

    def reactive(self) -> tuple[Whole, npt.NDArray[np.bool_]]:
        """The absolute sum of reactive energy, by direction or by quadrant, and where it is known."""
        ways = [[self.sum(name) for name in names] for names in (REACTIVE, QUADRANTS)]
        sums = [np.sum([total for total, _ in way], axis=0) for way in ways]
        seen = [np.any([there for _, there in way], axis=0) for way in ways]
        return np.where(seen[0], sums[0], sums[1]), seen[0] | seen[1]
