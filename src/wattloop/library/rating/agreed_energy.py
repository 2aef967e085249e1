"""Energy that no meter counts but a contract fixes: so many kWh a month, or a share of the meter before it.

Rule: a fixed amount is charged by the days of the month, as differences of a rounded running
total; a share is taken of what the meter before it counted, period by period. Behind a meter
it is taken out there: of the period the agreement names, else of all in proportion.

Example (V02): 511,800 kWh at the main meter and lighting fixed at 2,000 kWh a month, taken out
of flat: flat becomes 321,700 of 323,700 kWh, and the lighting is priced by itself.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloop.library.quantity.money import split
from wattloop.library.rating.agreements import ABSENT
from wattloop.library.rating.lines import Mask, Whole
from wattloop.library.rating.periods import BillPeriod, monthly
from wattloop.library.rating.plan import CONTRACT, NOT_HERE, Plan

if TYPE_CHECKING:
    from wattloop.library.rating.combining import Determined

MILLION = 1_000_000


def agreed_rows(plan: Plan) -> Whole:
    """int64[k]: part × pieces + piece of everything that has agreed energy, whether a meter is there or not."""
    rows = [
        int(part) * len(plan.periods) + piece
        for part in np.unique(plan.parts.legs.part[(plan.slots_of == CONTRACT) & (plan.parts.legs.sign > 0)]).tolist()
        for piece in np.flatnonzero(plan.variant_at[plan.schedule_of[part]] != NOT_HERE).tolist()
    ]
    return np.array(rows, np.int64)


def take_agreed(plan: Plan, found: Determined) -> None:
    """Add agreed energy to the parts that have it, and take it out of the parts before them."""
    legs, width = plan.parts.legs, len(plan.periods)
    keys, unplaced = found.keys(width), np.zeros(len(found.number), bool)
    for leg in np.flatnonzero((plan.slots_of == CONTRACT) & (legs.sign > 0)).tolist():
        part, row = int(legs.part[leg]), int(legs.row[leg])
        before = int(plan.parts.before[part])
        for piece in np.flatnonzero(plan.variant_at[plan.schedule_of[part]] != NOT_HERE).tolist():
            own = int(np.searchsorted(keys, part * width + piece))
            passed = int(np.searchsorted(keys, before * width + piece)) if before != ABSENT else -1
            if passed >= 0 and (passed >= len(keys) or keys[passed] != before * width + piece):
                found.lacking[own] = True
                continue
            _take(plan, found, row, own, passed, unplaced)
    if unplaced.any():
        found.unplaced = unplaced


def _take(plan: Plan, found: Determined, row: int, own: int, passed: int, unplaced: Mask) -> None:
    points = plan.agreements.points
    variant = int(plan.variant_at[plan.schedule_of[found.number[own]], found.bill[own]])
    mine = plan.variants[variant].calendar.periods
    placed = points.placed[row].as_py()
    if passed < 0:
        amount = _fixed(int(points.fixed[row]), plan.periods[int(found.bill[own])])
        found.energy[own, mine.index(placed) if placed in mine else 0] += amount
        unplaced[own] |= len(mine) > 1 and placed not in mine
        return
    theirs = plan.variants[int(plan.variant_at[plan.schedule_of[found.number[passed]], found.bill[passed]])]
    names = theirs.calendar.periods
    taken = np.zeros(found.energy.shape[1], np.int64)
    if points.share[row] != ABSENT:
        taken = (found.energy[passed] * int(points.share[row]) * 2 + MILLION) // (2 * MILLION)
    else:
        amount = _fixed(int(points.fixed[row]), plan.periods[int(found.bill[own])])
        if placed in names:
            taken[names.index(placed)] = amount
        elif found.energy[passed].sum() > 0 and placed is None:
            taken = split(np.array([amount]), np.maximum(found.energy[passed], 0)[None, :])[0]
        else:
            found.lacking[own] = found.lacking[passed] = True
            return
    found.energy[passed] -= taken
    for at, name in enumerate(names):
        if taken[at]:
            found.energy[own, mine.index(name) if name in mine else 0] += taken[at]
            unplaced[own] |= len(mine) > 1 and name not in mine


def _fixed(monthly_energy: int, piece: BillPeriod) -> int:
    """Wh of a monthly amount that falls into a piece."""
    total = 0
    for part in monthly(piece.start, piece.end):
        begun = Fraction(part.start.day - 1, part.month_days)
        ended = Fraction(part.start.day - 1 + part.days, part.month_days)
        total += int(monthly_energy * ended + Fraction(1, 2)) - int(monthly_energy * begun + Fraction(1, 2))
    return total
