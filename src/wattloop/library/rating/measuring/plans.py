"""Who is billed together: parts sorted into plans by how their readings come and how far back they count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import BY_CONTRACT, BY_READINGS, BY_REGISTERS, Agreements
from wattloop.library.rating.agreements.parts import Legs, Parts
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.agreements.segments import Timetable
from wattloop.library.rating.agreements.variants import Variants
from wattloop.library.rating.measuring.plan import CONTRACT, NOT_HERE, REGISTERS, Plan
from wattloop.library.rating.measuring.sources import Source


def plans(
    source: Source, agreements: Agreements, parts: Parts, times: Timetable, variants: Variants, ways: Whole
) -> Iterator[Plan]:
    """One plan per way readings come and length of history, so that nobody is read further back than needed.

    Args:
        ways: int64[legs], from `ways_of`.
    """
    group = _groups(parts, times, ways)
    several = np.bincount(parts.agreement, minlength=len(agreements.names))[parts.agreement] > 1
    main = np.array([_only_variant(schedule) for schedule in times.schedules] or [NOT_HERE], np.int64)
    priced = np.where(several | (times.of_part < 0), NOT_HERE, main[times.of_part])
    for number in np.unique(group[times.of_part >= 0]):
        chosen = np.flatnonzero((group == number) & (times.of_part >= 0))
        # Parts of one variant side by side; what has several comes last, agreement by agreement.
        order = np.where(priced[chosen] == NOT_HERE, len(variants.list), priced[chosen])
        chosen = chosen[np.argsort(order, kind="stable")]
        yield _plan(source, agreements, parts, times, variants, ways, chosen)


def _plan(
    source: Source,
    agreements: Agreements,
    parts: Parts,
    times: Timetable,
    variants: Variants,
    ways: Whole,
    chosen: Whole,
) -> Plan:
    used, schedule_of = np.unique(times.of_part[chosen], return_inverse=True)
    schedules = [times.schedules[i] for i in used.tolist()]
    if len(chosen) == len(parts.agreement) and (chosen == np.arange(len(chosen))).all():
        return Plan(source, agreements, parts, schedule_of.reshape(-1), schedules, variants.list, ways)
    place = np.full(len(parts.agreement), NOT_HERE, np.int64)
    place[chosen] = np.arange(len(chosen))
    legs = parts.legs
    mine = np.flatnonzero(place[legs.part] >= 0)
    mine = mine[np.argsort(place[legs.part[mine]], kind="stable")]
    taken = pa.array(chosen)
    some = Parts(
        parts.agreement[chosen],
        parts.names.take(taken),
        parts.point.take(taken) if parts.point is not None else None,
        parts.tariff.take(taken) if parts.tariff is not None else None,
        np.where(parts.before[chosen] >= 0, place[parts.before[chosen]], NOT_HERE),
        Legs(
            place[legs.part[mine]],
            legs.row[mine],
            legs.point.take(pa.array(mine)),
            legs.sign[mine],
            legs.start[mine],
            legs.end[mine],
        ),
        parts.dated[chosen],
        parts.start[chosen],
        parts.end[chosen],
    )
    return Plan(source, agreements, some, schedule_of.reshape(-1), schedules, variants.list, ways[mine])


def _groups(parts: Parts, times: Timetable, ways: Whole) -> Whole:
    """int64[parts], equal where parts are planned together; the parts of an agreement always are."""
    count = int(parts.agreement.max(initial=-1)) + 1
    _, way = np.unique(ways, return_inverse=True)
    bits = np.zeros(count, np.int64)
    np.bitwise_or.at(bits, parts.agreement[parts.legs.part], np.int64(1) << way.reshape(-1))
    begins = sorted(set(times.begins))
    begin = np.array([begins.index(day) for day in times.begins] or [0], np.int64)[times.of_part]
    earliest = np.full(count, len(begins), np.int64)
    np.minimum.at(earliest, parts.agreement, np.where(times.of_part >= 0, begin, len(begins)))
    return (bits * (len(begins) + 1) + earliest)[parts.agreement]


def _only_variant(schedule: tuple[tuple[BillPeriod, int], ...]) -> int:
    found = {variant for piece, variant in schedule if piece.wanted}
    return found.pop() if len(found) == 1 else NOT_HERE


def ways_of(
    source: Source, agreements: Agreements, parts: Parts, times: Timetable, wanted: list[BillPeriod], con: Any
) -> Whole:
    """int64[legs]: how each leg's energy comes: slots per day of its intervals, REGISTERS or CONTRACT.

    A leg that has none is among the first.

    Raises:
        Refused: where there are no readings at all, or a point's intervals are of two lengths.
    """
    legs, counts = parts.legs, source.slot_counts()
    told = agreements.points.source[legs.row].astype(np.int64)
    contract = told == BY_CONTRACT
    by_register = _by_register(source, legs, told, wanted, con)
    if not counts and not by_register.any() and not contract.any():
        raise no_readings(wanted)
    found = np.full(len(legs.part), counts[0] if counts else REGISTERS, np.int64)
    if len(counts) > 1:
        _by_slots(source, legs, times, wanted, con, found)
    found[by_register] = REGISTERS
    found[contract] = CONTRACT
    return found


def _by_register(source: Source, legs: Legs, told: Whole, wanted: list[BillPeriod], con: Any) -> npt.NDArray[np.bool_]:
    by_register = np.asarray(told == BY_REGISTERS, np.bool_)
    held = source.register_points(wanted[0].start, wanted[-1].end)
    undecided = np.flatnonzero(told == BY_READINGS)
    if not len(held) or not len(undecided):
        return by_register
    points = legs.point.take(pa.array(undecided))
    either = undecided[np.asarray(pc.is_in(points, held))]
    if len(either):
        first, last = _span(wanted)
        measured = [source.points(con, slots, first, last) for slots in source.slot_counts()]
        interval = pa.concat_arrays([pa.array([], pa.string()), *measured])
        by_register[either[~np.asarray(pc.is_in(legs.point.take(pa.array(either)), interval))]] = True
    return by_register


def _by_slots(source: Source, legs: Legs, times: Timetable, wanted: list[BillPeriod], con: Any, found: Whole) -> None:
    counts = source.slot_counts()
    first, last = _span(wanted)
    present = {slots: source.points(con, slots, first, last) for slots in counts}
    for slots in reversed(counts):
        found[np.asarray(pc.is_in(legs.point, present[slots]))] = slots
    past = [day for day in times.begins if day < wanted[0].start]
    since = min(past, default=first)
    before = {slots: source.points(con, slots, since, last) for slots in counts}
    looks_back = np.array([day < wanted[0].start for day in times.begins] or [False])[times.of_part[legs.part]]
    for slots in counts:
        for other in counts:
            clash = np.asarray(pc.is_in(legs.point, before[other])) & looks_back
            clash |= np.asarray(pc.is_in(legs.point, present[other]))
            clash &= np.asarray(pc.is_in(legs.point, present[slots]))
            if other != slots and clash.any():
                point = legs.point[int(np.flatnonzero(clash)[0])]
                raise Refused(
                    f"point {point} has readings of two intervals, {1440 // slots} and {1440 // other} minutes, "
                    "in the days that its bill counts",
                    "Import it anew with one of them.",
                )


def own_points(source: Source, wanted: list[BillPeriod], con: Any) -> pa.Array:
    """string[points], sorted: every point with readings in the bills."""
    first, last = _span(wanted)
    found = [source.points(con, slots, first, last) for slots in source.slot_counts()]
    found = [points for points in (*found, source.register_points(wanted[0].start, wanted[-1].end)) if len(points)]
    points = found[0] if len(found) == 1 else pc.unique(pa.concat_arrays([pa.array([], pa.string()), *found]))
    return points.take(pc.array_sort_indices(points))


def no_readings(wanted: list[BillPeriod]) -> Refused:
    """The refusal where nobody has anything to bill."""
    span = f"from {wanted[0].start} up to {wanted[-1].end}"
    return Refused(f"there are no readings of active energy {span}", "Check the span, and what the lake holds.")


def _span(wanted: list[BillPeriod]) -> tuple[dt.date, dt.date]:
    # A local day may reach into the standard-time days beside it.
    return wanted[0].start - dt.timedelta(days=1), wanted[-1].end
