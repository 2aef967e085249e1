"""Parts of one agreement cut on the same days, so that what one owes to another is known piece by piece.

A part may change its price inside a bill where the other does not: what is taken out of a meter
for energy agreed on behind it, and the power factor that a meter behind it shares, are those of
its pieces. Agreements whose parts are cut alike, and all of one part, cost nothing here.

Example: the works' price changes on 15 May, its lighting's does not: both have two segments.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np

from wattloop.library.quantity.grouping import groups
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.model import BY_CONTRACT, Agreements
from wattloop.library.rating.agreements.parts import Parts
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.agreements.segments import Schedule, Timetable, schedules_of
from wattloop.library.rating.agreements.variants import EPOCH, Variants

NONE = -1
Days = tuple[tuple[dt.date, dt.date], ...]
"""First day of each piece, and the day after its last."""


def timetable(agreements: Agreements, parts: Parts, variants: Variants, wanted: list[BillPeriod]) -> Timetable:
    """The schedules of all parts, those of one agreement cut on the same days.

    Raises:
        Refused: as `segments.schedules_of`.
    """
    counts_back = np.zeros(len(agreements.names), bool)
    counts_back[agreements.points.agreement[agreements.points.source == BY_CONTRACT]] = True
    return _aligned(schedules_of(agreements, parts, variants, wanted), parts, counts_back)


def _aligned(times: Timetable, parts: Parts, counts_back: Mask) -> Timetable:
    """The same schedules, cut; agreements that `counts_back` know the days before in all parts, if in one."""
    owner = parts.agreement
    several = np.flatnonzero((times.of_part >= 0) & (np.bincount(owner, minlength=len(counts_back))[owner] > 1))
    shapes: dict[Days, int] = {}
    shape = np.array([shapes.setdefault(_days(one), len(shapes)) for one in times.schedules] or [NONE], np.int64)
    several = several[_differs(owner[several], shape[times.of_part[several]])]
    if not len(several):
        return times
    begin = np.array([(day - EPOCH).days for day in times.begins], np.int64)[times.of_part]
    earliest = np.full(len(counts_back), 2**40, np.int64)
    np.minimum.at(earliest, owner[several], begin[several])
    back = counts_back[owner] & (parts.start <= earliest[owner])
    # Few distinct sets of schedules, however many agreements.
    agreements, of_agreement = groups(owner[several])
    rank = np.arange(len(several)) - np.searchsorted(of_agreement, of_agreement)
    sets = np.full((len(agreements), int(rank.max()) + 1), NONE, np.int64)
    sets[of_agreement, rank] = times.of_part[several] * 2 + back[several]
    distinct, set_of = groups(*sets.T)
    numbers = {schedule: number for number, schedule in enumerate(times.schedules)}
    found = np.full(distinct.shape, NONE, np.int64)
    for at, row in enumerate(distinct.tolist()):
        known = [(times.schedules[code // 2], bool(code % 2)) for code in row if code != NONE]
        for place, made in enumerate(_together(known)):
            found[at, place] = numbers.setdefault(made, len(numbers))
    of_part = times.of_part.copy()
    of_part[several] = found[set_of[of_agreement], rank]
    return Timetable(list(numbers), of_part)


def _days(schedule: Schedule) -> Days:
    return tuple((piece.start, piece.end) for piece, _ in schedule)


def _differs(owner: Whole, shape: Whole) -> Mask:
    """Whether some part of the same agreement has another shape; agreements stand side by side."""
    first = np.flatnonzero(np.diff(owner, prepend=NONE))
    unlike = np.minimum.reduceat(shape, first) != np.maximum.reduceat(shape, first) if len(first) else first == 0
    return np.asarray(np.repeat(unlike, np.diff(np.append(first, len(owner)))), np.bool_)


def _together(known: list[tuple[Schedule, bool]]) -> list[Schedule]:
    """Schedules of one agreement, cut on each other's days; those that count back begin with the earliest."""
    edges = sorted({day for schedule, _ in known for span in _days(schedule) for day in span})
    found = []
    for schedule, back in known:
        pieces = list(schedule)
        first, variant = pieces[0]
        if back and edges[0] < first.start:
            wanted = min(p.start for p, _ in pieces if p.wanted)
            start = replace(first, start=edges[0], end=min(first.start, wanted), wanted=False)
            pieces.insert(0, (start, variant))
        made, past = [], 0
        for piece, number in pieces:
            days = [piece.start, *(day for day in edges if piece.start < day < piece.end), piece.end]
            for low, high in itertools.pairwise(days):
                past -= not piece.wanted
                bill = piece.bill if piece.wanted else past
                made.append((replace(piece, start=low, end=high, bill=bill), number))
        found.append(tuple(made))
    return found
