"""Determinants of parts, and of what they were added up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.measuring.intervals import Measured
from wattloop.library.rating.measuring.plan import Plan, Scan
from wattloop.library.rating.measuring.registers import RegisterScan

Scans = list[tuple[Scan | RegisterScan, Measured]]


@dataclass(eq=False)
class Determined(Measured):
    """Determinants of parts: as `Measured`, and what the whole bill comes to.

    Args:
        lacking: bool[n], rows of which some leg has no readings at all.
        unplaced: bool[n], rows with energy agreed on in a period that their tariff does not have; None where none has.
        reactive: int64[n], varh in and out, of the bill that each row is part of; ABSENT where unknown.
        active: int64[n], Wh of that bill on the meters that `reactive` was measured on.
        whole: int64[n], Wh of that bill over all points of the agreement.
    """

    lacking: Mask = field(default_factory=lambda: np.zeros(0, bool))
    unplaced: Mask | None = None
    reactive: Whole | None = None
    active: Whole | None = None
    whole: Whole | None = None


def bill_keys(plan: Plan, number: npt.NDArray[np.int32], piece: npt.NDArray[np.int32]) -> Whole:
    """int64[n], equal where pieces are of one part and bill."""
    found: Whole = number.astype(np.int64) * 2**32 + plan.bill_of_pieces[piece] + 2**31
    return found
