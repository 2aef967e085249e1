"""Parts and legs: what of an agreement is priced by itself, and which points' energy makes it up.

An agreement is one part, and one more for each of its points that has a tariff of its own.
A *leg* is a point's contribution to a part: what its meter counts, or, for a meter in series
that has its own price, what is taken out of the part of the meter before it.

Example: a works' main meter M, and behind it the lighting L at its own price: the part "M"
has the legs +M and -L, the part "L" has +L. In parallel, L would be no leg of the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import ABSENT, ALWAYS, FOR_EVER, Agreements


@dataclass(frozen=True, eq=False)
class Legs:
    """l contributions of points to parts.

    Args:
        part: int64[l].
        row: int64[l], index into the agreements' points.
        point: string[l].
        sign: int64[l], 1 or -1.
        start, end: int64[l], days on which it counts.
    """

    part: Whole
    row: Whole
    point: pa.Array
    sign: Whole
    start: Whole
    end: Whole


@dataclass(frozen=True, eq=False)
class Parts:
    """p parts, those of an agreement side by side.

    Args:
        agreement: int64[p].
        names: string[p], the agreement's number.
        point: string[p], the point whose own price it is, null for the agreement itself; None
            where no agreement has such a point.
        tariff: string[p], the tariff that takes the place of the agreement's; None as above.
        before: int64[p], the part whose meters its energy has passed; ABSENT for none.
        legs: the contributions.
        dated: bool[p], whether some leg does not last for ever.
        start, end: int64[p], the days on which it has any leg.
        cuts: {part: days}, where legs come and go.
    """

    agreement: Whole
    names: pa.Array
    point: pa.Array | None
    tariff: pa.Array | None
    before: Whole
    legs: Legs
    dated: npt.NDArray[np.bool_]
    start: Whole
    end: Whole
    cuts: dict[int, tuple[int, ...]] = field(default_factory=dict)


def parts_of(agreements: Agreements) -> Parts:
    """Take agreements apart.

    Raises:
        Refused: where an agreement has no point, or only points that add nothing.
    """
    points, count = agreements.points, len(agreements.names)
    has = np.bincount(points.agreement, minlength=count)
    if not has.all():
        name = agreements.names[int(np.flatnonzero(has == 0)[0])]
        raise Refused(f"agreement {name} has no point", "Give it the point where its energy is measured.")
    if agreements.simple:
        number = np.arange(count)
        legs = Legs(number, number, points.point, np.ones(count, np.int64), points.start, points.end)
        none = np.full(count, ABSENT, np.int64)
        order = points.agreement
        return Parts(
            order, agreements.names.take(pa.array(order)), None, None, none, legs, np.zeros(count, bool),
            points.start, points.end,
        )  # fmt: skip
    return _taken_apart(agreements)


def _taken_apart(agreements: Agreements) -> Parts:
    points = agreements.points
    rows = np.arange(len(points.agreement))
    own = ~np.asarray(pc.is_null(points.tariff))
    counts = own | (points.parent == ABSENT) | ~points.series  # in series without a price: the meter before has it
    key = points.agreement * (len(rows) + 1) + np.where(own, rows + 1, 0)
    distinct, part_of = np.unique(key[counts], return_inverse=True)
    part = np.full(len(rows), ABSENT, np.int64)
    part[counts] = part_of.reshape(-1)
    # A point without a price of its own belongs to the part of the agreement, whatever stands before it.
    passed = np.flatnonzero(own & points.series & (points.parent != ABSENT))
    before_row = points.parent[passed]
    while (hidden := part[before_row] == ABSENT).any():
        before_row = np.where(hidden, points.parent[before_row], before_row)
    leg_row = np.concatenate([rows[counts], passed])
    leg_part = np.concatenate([part[counts], part[before_row]])
    sign = np.concatenate([np.ones(int(counts.sum()), np.int64), np.full(len(passed), -1, np.int64)])
    order = np.lexsort((leg_row, -sign, leg_part))
    leg_row, leg_part, sign = leg_row[order], leg_part[order], sign[order]
    legs = Legs(
        leg_part, leg_row, points.point.take(pa.array(leg_row)), sign, points.start[leg_row], points.end[leg_row]
    )
    agreement = distinct // (len(rows) + 1)
    which = distinct % (len(rows) + 1) - 1
    label = pa.array(np.maximum(which, 0), mask=which < 0)
    before = np.full(len(distinct), ABSENT, np.int64)
    before[part[passed]] = part[before_row]
    start, end = np.full(len(distinct), FOR_EVER, np.int64), np.full(len(distinct), ALWAYS, np.int64)
    np.minimum.at(start, leg_part, legs.start)
    np.maximum.at(end, leg_part, legs.end)
    dated = np.zeros(len(distinct), bool)
    dated[leg_part[(legs.start != ALWAYS) | (legs.end != FOR_EVER)]] = True
    cuts = {
        int(p): tuple(sorted({*legs.start[leg_part == p].tolist(), *legs.end[leg_part == p].tolist()}))
        for p in np.flatnonzero(dated)
    }
    return Parts(
        agreement,
        agreements.names.take(pa.array(agreement)),
        points.point.take(label),
        points.tariff.take(label),
        before,
        legs,
        dated,
        start,
        end,
        cuts,
    )
