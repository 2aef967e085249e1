"""Who is billed under which tariff: the agreements of a run, checked before any reading is priced."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.periods import BillPeriod
from wattloop.library.rating.sources import Source
from wattloop.library.tariffs.compiled import Tariff

History = tuple[BillPeriod, ...]


@dataclass(frozen=True, eq=False)
class Agreements:
    """n agreements.

    Args:
        names: string[n], as bills name them.
        points: string[n], as readings name them.
        tariff_of: int64[n], index into the run's tariffs.
    """

    names: pa.Array
    points: pa.Array
    tariff_of: npt.NDArray[np.int64]

    def take(self, where: npt.NDArray[np.intp]) -> Agreements:
        """Some of them, in that order."""
        chosen = pa.array(where)
        return Agreements(self.names.take(chosen), self.points.take(chosen), self.tariff_of[where])


@dataclass(frozen=True, eq=False)
class Billed:
    """Everyone whom a run bills.

    Args:
        by_slots: agreements by the slots per day of their readings; who has none is among the first.
        nobody: points with readings in the span that no agreement names.
    """

    by_slots: dict[int, Agreements]
    nobody: pa.Array


def agreements_of(
    source: Source,
    tariffs: list[Tariff],
    wanted: list[BillPeriod],
    past: list[History],
    given: pa.Table | None,
    con: Any,
) -> Billed:
    """Find out who is billed.

    Args:
        source: the readings.
        tariffs: the tariffs of the run.
        wanted: the bill periods.
        past: what each tariff counts before them.
        given: Arrow `agreement, point, tariff` (the tariff's id), without `agreement` each point is
            one; without a table too.
        con: an Ibis backend.

    Raises:
        Refused: where there are no readings at all; a column or a value is missing, a tariff is not
            given, or a point or an agreement stands there twice; several tariffs and no table; a
            point's readings are of two intervals.
    """
    # A local day may reach into the standard-time days beside it.
    first, last = wanted[0].start - dt.timedelta(days=1), wanted[-1].end
    present = {slots: source.points(con, slots, first, last) for slots in source.slot_counts()}
    if not present:
        raise no_readings(wanted)
    if given is None:
        if len(tariffs) != 1:
            raise Refused("several tariffs need a table of agreements that says whose is which")
        each = {slots: _sorted(points) for slots, points in present.items() if len(points)}
        every = {s: Agreements(points, points, np.zeros(len(points), np.int64)) for s, points in each.items()}
        billed = Billed(every, pa.array([], pa.string()))
    else:
        billed = _by_slots(_named(given, tariffs), present)
    if len(present) > 1:
        since = min((p[0].start for p in past if p), default=first)
        before = {slots: source.points(con, slots, since, last) for slots in present}
        _refuse_two_intervals(billed.by_slots, present, before, np.array([bool(p) for p in past]))
    return billed


def no_readings(wanted: list[BillPeriod]) -> Refused:
    """The refusal where nobody has anything to bill."""
    span = f"from {wanted[0].start} up to {wanted[-1].end}"
    return Refused(f"there are no readings of active energy {span}", "Check the span, and what the lake holds.")


def _by_slots(named: Agreements, present: dict[int, pa.Array]) -> Billed:
    without = np.ones(len(named.points), bool)
    found: dict[int, npt.NDArray[np.bool_]] = {}
    nobody = []
    for slots, points in present.items():
        at = pc.index_in(points, named.points)
        found[slots] = np.zeros(len(named.points), bool)
        found[slots][np.asarray(at.drop_null())] = True
        without &= ~found[slots]
        nobody.append(points.filter(pc.is_null(at)) if at.null_count else points.slice(0, 0))
    found[next(iter(found))] |= without
    return Billed(
        {slots: named.take(np.flatnonzero(mine)) for slots, mine in found.items() if mine.any()},
        _sorted(pa.concat_arrays(nobody)),
    )


def _sorted(points: pa.Array) -> pa.Array:
    return points.take(pc.array_sort_indices(points))


def _refuse_two_intervals(
    every: dict[int, Agreements],
    present: dict[int, pa.Array],
    before: dict[int, pa.Array],
    looks_back: npt.NDArray[np.bool_],
) -> None:
    """A point's readings are of one interval in the span; where its tariff looks back, from there on."""
    for slots, mine in every.items():
        for other, theirs in present.items():
            clash = np.asarray(pc.is_in(mine.points, before[other])) & looks_back[mine.tariff_of]
            clash |= np.asarray(pc.is_in(mine.points, theirs))
            clash &= np.asarray(pc.is_in(mine.points, present[slots]))
            if other != slots and clash.any():
                point = mine.points[int(np.flatnonzero(clash)[0])]
                raise Refused(
                    f"point {point} has readings of two intervals, {1440 // slots} and {1440 // other} minutes, "
                    "in the days that its bill counts",
                    "Import it anew with one of them.",
                )


def _named(given: pa.Table, tariffs: list[Tariff]) -> Agreements:
    for name in ("point", "tariff"):
        if name not in given.column_names:
            raise Refused(f"the agreements have no column {name!r}", "They have agreement, point and tariff.")
    columns = {}
    for name in ("agreement", "point", "tariff"):
        column = given[name if name in given.column_names else "point"].cast(pa.string()).combine_chunks()
        empty = pc.index(pc.equal(pc.fill_null(column, ""), ""), True).as_py()
        if empty >= 0:
            raise Refused(f"row {empty + 1} of the agreements has no {name}", "Fill it in, or leave the row out.")
        columns[name] = column
    ids = [t.id for t in tariffs]
    of = pc.index_in(columns["tariff"], pa.array(ids, pa.string()))
    if of.null_count:
        at = pc.index(pc.is_null(of), True).as_py()
        raise Refused(
            f"agreement {columns['agreement'][at]} names the tariff {columns['tariff'][at]}, which is not given",
            f"Known here: {', '.join(ids)}.",
        )
    if (twice := _twice(columns["point"])) is not None:
        raise Refused(f"point {twice} stands in two rows of the agreements", "Give each point to one agreement.")
    if (twice := _twice(columns["agreement"])) is not None:
        raise Refused(
            f"agreement {twice} has several points, and one bill over several points is not supported yet",
            "Give each point an agreement of its own.",
        )
    return Agreements(columns["agreement"], columns["point"], of.to_numpy(zero_copy_only=False).astype(np.int64))


def _twice(column: pa.Array) -> str | None:
    """A value that stands there more than once."""
    if pc.count_distinct(column).as_py() == len(column):
        return None
    counted = pc.value_counts(column)
    return str(counted.filter(pc.greater(counted.field("counts"), 1))[0]["values"])
