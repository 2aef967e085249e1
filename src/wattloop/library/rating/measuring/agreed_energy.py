"""Energy that no meter counts but a contract fixes: so many kWh a month, or a share of the meter before it.

Rule: a fixed amount is charged by the days of the month, as differences of a rounded running
total; a share is taken of what the meter before it counted, period by period. Behind a meter
it is taken out there: of the period the agreement names, else of all in proportion. In a bill
that is cut, what is taken out is dealt out to the pieces in proportion to what the meter counted
in each, so that a change that changes nothing takes the same out of every period.

Example (V02): 511,800 kWh at the main meter and lighting fixed at 2,000 kWh a month, taken out
of flat: flat becomes 321,700 of 323,700 kWh, and the lighting is priced by itself.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloop.library.quantity.exact import narrow, wide
from wattloop.library.quantity.money import Mask, Whole, split
from wattloop.library.rating.agreements.model import ABSENT
from wattloop.library.rating.agreements.periods import BillPeriod, monthly
from wattloop.library.rating.measuring.plan import CONTRACT, NOT_HERE, Plan

if TYPE_CHECKING:
    from wattloop.library.rating.measuring.determined import Determined

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
    agreed = np.flatnonzero((plan.slots_of == CONTRACT) & (legs.sign > 0))
    depths = {leg: _depth(plan, int(legs.part[leg])) for leg in agreed.tolist()}
    depth, counted = -1, found.energy
    for leg in sorted(depths, key=lambda one: depths[one]):
        if depths[leg] > depth:  # all shares of a meter are of the same energy, whichever is taken first
            depth, counted = depths[leg], found.energy.copy()
        part, row = int(legs.part[leg]), int(legs.row[leg])
        before = int(plan.parts.before[part])
        pieces = np.flatnonzero(plan.variant_at[plan.schedule_of[part]] != NOT_HERE)
        starts = plan.days_of_pieces[pieces]
        pieces = pieces[(legs.start[leg] <= starts) & (legs.end[leg] > starts)]
        for bill in np.unique(plan.bill_of_pieces[pieces]).tolist():
            mine = pieces[plan.bill_of_pieces[pieces] == bill]
            own = np.searchsorted(keys, part * width + mine)
            if before == ABSENT:
                _add(plan, found, row, own, unplaced)
                continue
            passed = np.searchsorted(keys, before * width + mine)
            if (passed >= len(keys)).any() or (keys[passed] != before * width + mine).any():
                found.lacking[own] = True
                continue
            for some in _of_same_periods(plan, found, passed):
                _take(plan, found, row, own[some], passed[some], counted[passed[some]], unplaced)
    if unplaced.any():
        found.unplaced = unplaced


def _depth(plan: Plan, part: int) -> int:
    """How many parts' meters the energy of a part has passed: what is taken out of is known before what is taken."""
    before = int(plan.parts.before[part])
    return 0 if before == ABSENT else 1 + _depth(plan, before)


def _names(plan: Plan, found: Determined, row: int) -> tuple[str, ...]:
    """The periods of time of use of a row."""
    variant = int(plan.variant_at[plan.schedule_of[found.number[row]], found.bill[row]])
    return plan.variants[variant].calendar.periods


def _of_same_periods(plan: Plan, found: Determined, rows: Whole) -> list[Whole]:
    """Neighbouring rows of a bill that tell the same periods apart, as indices into `rows`."""
    changed = [
        i for i in range(1, len(rows)) if _names(plan, found, int(rows[i])) != _names(plan, found, int(rows[i - 1]))
    ]
    return np.split(np.arange(len(rows)), changed)


def _add(plan: Plan, found: Determined, row: int, own: Whole, unplaced: Mask) -> None:
    points = plan.agreements.points
    placed = points.placed[row].as_py()
    for at in own.tolist():
        mine = _names(plan, found, at)
        found.energy[at, mine.index(placed) if placed in mine else 0] += _fixed(
            int(points.fixed[row]), plan.periods[int(found.bill[at])]
        )
        unplaced[at] |= len(mine) > 1 and placed not in mine


def _take(plan: Plan, found: Determined, row: int, own: Whole, passed: Whole, whole: Whole, unplaced: Mask) -> None:
    """Take out of the rows `passed` of a bill what the rows `own` of those days are charged; shares are of `whole`."""
    points, names = plan.agreements.points, _names(plan, found, int(passed[0]))
    counted = found.energy[passed]
    if points.share[row] != ABSENT:
        share = int(points.share[row])
        through = np.cumsum(wide(whole, len(whole) * (2 * share + 1)), axis=0)
        running = narrow((through * share * 2 + MILLION) // (2 * MILLION))
        taken = given = np.diff(running, axis=0, prepend=np.zeros_like(running[:1]))
    else:
        month, pieces = int(points.fixed[row]), found.bill[own].tolist()
        amounts = np.array([_fixed(month, plan.periods[piece]) for piece in pieces], np.int64)
        total, placed = np.zeros(counted.shape[1], np.int64), points.placed[row].as_py()
        if placed in names:
            total[names.index(placed)] = amounts.sum()
        elif counted.sum() > 0 and placed is None:
            total = split(amounts.sum(keepdims=True), np.maximum(counted.sum(axis=0), 0)[None, :])[0]
        else:
            found.lacking[own] = found.lacking[passed] = True
            return
        taken, given = _dealt(total, counted), _by_rows(amounts, total)
    found.energy[passed] -= taken
    for at, amount in zip(own.tolist(), given, strict=True):
        mine = _names(plan, found, at)
        for period, name in enumerate(names):
            if amount[period]:
                found.energy[at, mine.index(name) if name in mine else 0] += amount[period]
                unplaced[at] |= len(mine) > 1 and name not in mine


def _dealt(total: Whole, counted: Whole) -> Whole:
    """int64[pieces, periods]: each period's amount over the pieces, in proportion to what was counted in them."""
    weights = np.maximum(counted, 0).T.copy()
    weights[~weights.any(axis=1), -1] = 1  # nothing was counted: too much is taken out, and the bill held back
    return split(total, weights).T


def _by_rows(amounts: Whole, total: Whole) -> Whole:
    """int64[pieces, periods]: each piece's amount, made up of what is left of the periods' in proportion."""
    found, left = np.zeros((len(amounts), len(total)), np.int64), total.copy()
    for at, amount in enumerate(amounts.tolist()):
        if amount:
            found[at] = split(np.array([amount]), left[None, :])[0]
        left -= found[at]
    return found


def _fixed(monthly_energy: int, piece: BillPeriod) -> int:
    """Wh of a monthly amount that falls into a piece."""
    total = 0
    for part in monthly(piece.start, piece.end):
        begun = Fraction(part.start.day - 1, part.month_days)
        ended = Fraction(part.start.day - 1 + part.days, part.month_days)
        total += int(monthly_energy * ended + Fraction(1, 2)) - int(monthly_energy * begun + Fraction(1, 2))
    return total
