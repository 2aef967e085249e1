"""Maxima of bills that are cut: over all their days, meter by meter, then added.

Two feeds are two demands: each one's maximum is that of the whole bill (or of its stretch of the
bill, where the tariff says so), and these are added, as if nothing had cut the bill. A bill's
maximum at peak is that of all its days, also of those under another version of the tariff, or
another tariff: each keeps its maxima by its own calendar, and a charge of the same name looks at
both.

Example: a bill cut in two, feed A reached 100 kW and then 50, feed B 50 and then 100: 200 kW.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.exact import add_at
from wattloop.library.quantity.grouping import groups
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import EMPTY, DemandKey
from wattloop.library.rating.charges.demand import FLAT, calendar_of
from wattloop.library.rating.measuring.plan import Plan
from wattloop.library.tariffs.compiled import DemandCharge, Kind, Tariff


def maxima_of(
    plan: Plan, demand: dict[DemandKey, Whole], of_row: npt.NDArray[np.int32], variant: int
) -> dict[DemandKey, Whole]:
    """The maxima of some rows; those under other variants also as this one names their periods.

    Args:
        demand: {(calendar, block): int64[n, periods] W}.
        of_row: int32[n], the variant of each row.
        variant: the one that prices.
    """
    found = dict(demand)
    for other in np.unique(of_row).tolist():
        rows = np.flatnonzero(of_row == other)
        for charge in plan.variants[variant].demand if other != variant else ():
            theirs = _of_name(plan.variants[other], charge)
            if theirs is None or charge.kind is Kind.DEMAND_FLAT:
                continue
            key, their_key = _key(plan, variant, charge), _key(plan, other, theirs)
            if key == their_key or key not in demand or their_key not in demand:
                continue
            if found[key] is demand[key]:
                found[key] = demand[key].copy()
            names, their_names = (plan.calendars.list[number][0].periods for number, _ in (key, their_key))
            for at, name in enumerate(names):
                known = demand[their_key][rows, their_names.index(name)] if name in their_names else EMPTY
                found[key][rows, at] = known
    return found


def _of_name(tariff: Tariff, charge: DemandCharge) -> DemandCharge | None:
    return next((one for one in tariff.demand if one.name == charge.name and one.kind is charge.kind), None)


def _key(plan: Plan, variant: int, charge: DemandCharge) -> DemandKey:
    tariff = plan.variants[variant]
    return plan.calendars.number(calendar_of(tariff, charge), tariff.id), charge.block_minutes or 0


def added_up(
    plan: Plan, row: tuple[Whole, Whole], leg: Whole, at: Whole, demand: dict[DemandKey, Whole]
) -> dict[DemandKey, Whole]:
    """The maxima of parts of several meters, of the bill or the stretch that each row is of.

    Args:
        row: int64[n] part and int64[n] piece, ascending.
        leg: int64[k], meters that add to a part.
        at: int64[k], the row that each measurement is of.
        demand: {(calendar, block): int64[k, periods] W}.

    Returns:
        {(calendar, block): int64[n, periods]}, and under `FLAT` int64[n, 1] whatever the period.
    """
    number, piece = row
    variant = plan.variant_at[plan.schedule_of[number], piece]
    for one in np.unique(variant).tolist():
        demand = maxima_of(plan, demand, variant[at], one)
    for block in {block for _, block in demand}:
        own = [maxima.max(axis=1) for (_, minutes), maxima in demand.items() if minutes == block]
        demand[FLAT, block] = np.max(own, axis=0)[:, None]
    bill, stretch = _spans(plan, number, piece)
    by_stretch = np.array([_by_stretch(tariff) for tariff in plan.variants], bool)[variant]
    found = {}
    for key, maxima in demand.items():
        whole, part = (_sum_of_maxima(span, leg, at, maxima) for span in (bill, stretch))
        found[key] = np.where(by_stretch[:, None], part, whole)
    return found


def _by_stretch(tariff: Tariff) -> bool:
    return any(charge.over == "segment" for charge in tariff.maxima)


def _spans(plan: Plan, number: Whole, piece: Whole) -> tuple[Whole, Whole]:
    """Rows of one bill, and of one stretch of it under one tariff with the same terms, share a number."""
    versions = plan.agreements.versions
    version = versions.at(plan.parts.agreement[number], plan.days_of_pieces[piece])
    ends = np.array([np.datetime64(p.end) for p in plan.periods])[piece]
    starts = np.array([np.datetime64(p.start) for p in plan.periods])[piece]
    fresh = np.ones(len(number), bool)
    fresh[1:] = (np.diff(number) != 0) | (np.diff(plan.bill_of_pieces[piece]) != 0)
    changed = fresh.copy()
    changed[1:] |= starts[1:] != ends[:-1]
    under = plan.tariff_of[plan.variant_at[plan.schedule_of[number], piece]]
    for term in (under, *(known[version] for known in (versions.capacity, versions.contract, versions.owner))):
        changed[1:] |= np.diff(term) != 0
    return np.cumsum(fresh) - 1, np.cumsum(changed) - 1


def _sum_of_maxima(span: Whole, leg: Whole, at: Whole, maxima: Whole) -> Whole:
    """int64[n, periods]: over each row's span the maximum of every meter, added up; EMPTY where there is none."""
    pairs, of = groups(span[at], leg)
    most = np.full((len(pairs), maxima.shape[1]), EMPTY, np.int64)
    np.maximum.at(most, of, maxima)
    count = int(span.max(initial=-1)) + 1
    total, seen = (np.zeros((count, maxima.shape[1]), np.int64) for _ in range(2))
    add_at(total, pairs[:, 0], np.where(most != EMPTY, most, 0))
    np.add.at(seen, pairs[:, 0], most != EMPTY)
    found: Whole = np.where(seen > 0, total, EMPTY)[span]
    return found
