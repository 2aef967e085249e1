"""Energy into tiers, by the tariff's named way of pooling time-of-use periods.

The same 48 kWh cost differently when the month's energy is split over the tiers in
proportion, in time order, or on a ladder per period: so the way is a property of the
tariff, never a habit of the code. Energy is conserved to the watt-hour in each.

Example: 300 kWh at peak and 100 at valley, first tier up to 200 kWh. Pro rata: the
first tier holds 150 of peak and 50 of valley. Ladder per period: 200 of peak and all
100 of valley. In time order: whatever came first.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from wattloop.library.quantity.exact import across
from wattloop.library.quantity.money import Whole, split
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.charges.allowances import raised
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.tariffs.compiled import Over, Pooling, Tariff, Tiers

OPEN = 2**62  # an upper bound no energy reaches


def into_tiers(bills: Bills, tariff: Tariff) -> Whole:
    """Energy by tier and period.

    Returns:
        int64[n, tiers, periods] Wh; a tariff without tiers has one.

    Raises:
        Refused: where a bill would need the bounds of two seasons.
    """
    tiers = tariff.tiers
    if tiers is None:
        return bills.energy[:, None, :]
    if bills.in_pieces and tiers.pooling is not Pooling.TIME_ORDER:
        return _over_pieces(bills, into_tiers(bills.entire(), tariff), tiers)
    if tiers.pooling is Pooling.TIME_ORDER:
        if bills.in_order is None:
            msg = "tiers in time order need the order of readings"
            raise ValueError(msg)
        return _rounded(bills, bills.in_order)
    bounds = upper_bounds(bills, tariff, tiers)
    group = accumulation_group(bills, tiers)
    if tiers.pooling is Pooling.PER_PERIOD:
        return _by_ladder(bills, tiers, group, bounds)
    total = across(bills.energy)
    prior = bills.before(total, group)
    more = raised(bills, tiers)
    if more.any():
        return _both_margins(
            bills.energy, _caught_up(bills, group, prior + total, bounds[:, :1, :] + more[:, None, None])
        )
    if (bounds == bounds[:, :1, :]).all():
        return _both_margins(bills.energy, _fill(total[:, None], prior[:, None], bounds[:, :1, :])[:, :, 0])
    shares = [
        split(bills.energy[:, p], _fill(total[:, None], prior[:, None], bounds[:, p : p + 1, :])[:, :, 0])
        for p in range(bills.energy.shape[1])
    ]
    return np.stack(shares, axis=2)


def _caught_up(bills: Bills, group: Whole, reached: Whole, bounds: Whole) -> Whole:
    """int64[n, tiers]: all that was used, under each bill's own bounds, less what the bill before had charged so."""
    nothing = np.zeros((bills.count, 1), np.int64)
    owed = _fill(reached[:, None], nothing, bounds)[:, :, 0]
    first = np.ones(bills.count, bool)
    first[1:] = (bills.number[1:] != bills.number[:-1]) | (group[1:] != group[:-1])
    charged = np.concatenate([np.zeros_like(owed[:1]), owed[:-1]])
    return np.asarray(np.where(first[:, None], owed, owed - charged), np.int64)


def _over_pieces(bills: Bills, by_tier: Whole, tiers: Tiers) -> Whole:
    """What a bill has in each tier and period, dealt out to its pieces.

    In order, the earlier fill the lower tiers; pooled, each has them all in proportion. A bill
    that gives back what earlier ones charged is always pooled.
    """
    first, at = bills.bill_edges
    found = _earlier_first(bills.energy, by_tier, first, at)
    pooled = np.asarray((by_tier < 0).any(axis=(1, 2)) | (tiers.spanning == "pooled"), np.bool_)
    if pooled.any():
        found[pooled[at]] = _in_proportion(bills, by_tier)[pooled[at]]
    return found


def _earlier_first(energy: Whole, by_tier: Whole, first: Whole, at: Whole) -> Whole:
    """int64[n, tiers, periods]: tiers dealt out to rows, of which the earlier fill the lower ones.

    Args:
        energy: int64[n, periods].
        by_tier: int64[k, tiers, periods], of the rows together that begin at `first`; `at` tells which each row is of.
    """
    bounds = np.cumsum(by_tier, axis=1)[:, :-1, :][at]
    running = np.cumsum(energy, axis=0) - energy
    return _fill(energy, running - running[first][at], np.moveaxis(bounds, 1, 2))


def _in_proportion(bills: Bills, by_tier: Whole) -> Whole:
    """Each piece its share of every tier, the last what is left, so that pieces and tiers both add up."""
    first, at = bills.bill_edges
    rank = np.arange(bills.count) - first[at]
    last = np.append(rank[1:] == 0, True)
    found, left = np.empty((bills.count, *by_tier.shape[1:]), np.int64), by_tier.copy()
    for turn in range(int(rank.max(initial=0)) + 1):
        rows = np.flatnonzero((rank == turn) & ~last)
        for period in range(by_tier.shape[2]):
            weights = np.maximum(left[at[rows], :, period], 0)
            found[rows, :, period] = split(bills.energy[rows, period], weights)
        left[at[rows]] -= found[rows]
        ends = np.flatnonzero((rank == turn) & last)
        found[ends] = left[at[ends]]
    return found


def _by_ladder(bills: Bills, tiers: Tiers, group: Whole, bounds: Whole) -> Whole:
    """Each ladder climbs by itself; the periods of one, told apart by season, share its tiers in proportion."""
    found = np.zeros((bills.count, tiers.count, bills.energy.shape[1]), np.int64)
    for ladder in sorted(set(tiers.ladders)):
        periods = [at for at, one in enumerate(tiers.ladders) if one == ladder]
        energy = bills.energy[:, periods]
        total = energy.sum(axis=1, keepdims=True)
        filled = _fill(total, bills.before(total, group), bounds[:, periods[:1], :])
        found[:, :, periods] = filled if len(periods) == 1 else _both_margins(energy, filled[:, :, 0])
    return found


def accumulation_group(bills: Bills, tiers: Tiers) -> Whole:
    """The number of the span each bill counts into: its month, its season or its year."""
    if tiers.over is Over.YEAR:
        return bills.year
    if tiers.over is Over.SEASON:
        turn = np.concatenate([[0], np.cumsum(np.diff(_season_of_period(bills)) != 0)])
        return turn.astype(np.int64)[bills.period]
    return bills.bill


def _season_of_period(bills: Bills) -> Whole:
    seasons = np.full(len(bills.periods), -1, np.int64)
    seasons[bills.period] = bills.season
    known = np.maximum.accumulate(np.where(seasons >= 0, np.arange(len(seasons)), 0))
    return seasons[known]


def upper_bounds(bills: Bills, tariff: Tariff, tiers: Tiers) -> Whole:
    """int64[n, periods, tiers - 1] Wh: each bill's bounds, by its season and its days.

    A monthly bound is taken for the parts of months that a bill covers; a bound per
    day for the bill's days; seasonal and yearly bounds stand whole.
    """
    _refuse_two_seasons(bills, tariff, tiers)
    table = np.array(
        [
            [[[_bound(b, tiers, p) for b in cell] for cell in season] for season in tiers.bounds]
            for p in bills.periods
        ],
        np.int64,
    )  # fmt: skip
    found: Whole = table[bills.period, bills.season if len(tiers.bounds) > 1 else 0]
    return found


def bounds_of_bills(bills: Bills, tariff: Tariff, tiers: Tiers) -> Whole:
    """As `upper_bounds`, at every row those of its whole bill, however it is cut."""
    if not bills.in_pieces:
        return upper_bounds(bills, tariff, tiers)
    return upper_bounds(bills.entire(), tariff, tiers)[bills.bill_edges[1]]


def _bound(bound: int | None, tiers: Tiers, period: BillPeriod) -> int:
    if bound is None:
        return OPEN
    if tiers.per_day:
        return bound * period.days
    if tiers.over is Over.MONTH:
        return int(bound * period.share() + Fraction(1, 2))
    return bound


def _refuse_two_seasons(bills: Bills, tariff: Tariff, tiers: Tiers) -> None:
    calendar = tariff.calendar
    for at in np.unique(bills.period):
        period = bills.periods[at]
        lo, hi = ((day - calendar.first_day).days for day in (period.start, period.end))
        seasons = np.unique(calendar.season_of_day[max(lo, 0) : max(hi, 1)])
        differ = tiers.over is Over.SEASON or len({tiers.bounds[season] for season in seasons}) > 1
        if len(seasons) > 1 and differ:
            raise Refused(
                f"tariff {tariff.id} has tiers by season, and {period.start} to {period.end} holds two seasons",
                "Let the seasons begin on the first of a month.",
                field=tiers.clause,
            )


def _fill(energy: Whole, prior: Whole, bounds: Whole) -> Whole:
    """int64[n, tiers, k]: what falls between each tier's bounds when `energy` comes on top of `prior` ([n, k])."""
    top = np.moveaxis(bounds, 2, 1)
    n, _, k = top.shape
    lower = np.concatenate([np.zeros((n, 1, k), np.int64), top], axis=1)
    upper = np.concatenate([top, np.full((n, 1, k), OPEN, np.int64)], axis=1)
    reached, begun = (energy + prior)[:, None, :], prior[:, None, :]
    found: Whole = np.maximum(np.minimum(reached, upper) - np.maximum(begun, lower), 0)
    return found


def _both_margins(energy: Whole, by_tier: Whole) -> Whole:
    """Spread each tier over the periods in proportion, so that both tiers and periods add up exactly."""
    if (by_tier < 0).any():
        return _with_credits(energy, by_tier)
    left = energy.copy()
    parts = []
    for tier in range(by_tier.shape[1] - 1):
        part = split(by_tier[:, tier], left)
        left = left - part
        parts.append(part)
    return np.stack([*parts, left], axis=1)


def _with_credits(energy: Whole, by_tier: Whole) -> Whole:
    """As `_both_margins`, where a tier gives back what earlier bills charged: each in the proportions of the energy."""
    weights = energy.copy()
    weights[~energy.any(axis=1), 0] = 1
    parts = [split(by_tier[:, tier], weights) for tier in range(by_tier.shape[1] - 1)]
    return np.stack([*parts, energy - sum(parts)], axis=1)


def _rounded(bills: Bills, in_order: Whole) -> Whole:
    """Carry the tariff's energy rounding into tiers filled in time order, period by period, over a cut bill at once."""
    # Rows under another tariff have its periods, and no order here; nobody asks for their tiers.
    told = in_order.sum(axis=1)
    own = bills.mine | (told == bills.energy_exact).all(axis=1)  # with earlier months, billed as rounded
    energy = np.where(own[:, None], bills.energy, told)
    if (told == energy).all():
        return in_order
    first = bills.pool_edges[0]
    exact, whole = np.add.reduceat(in_order, first, axis=0), np.add.reduceat(energy, first, axis=0)
    by_tier = np.stack([split(whole[:, p], exact[:, :, p]) for p in range(energy.shape[1])], axis=2)
    return _earlier_first(energy, by_tier, first, bills.pool) if bills.cut else by_tier
