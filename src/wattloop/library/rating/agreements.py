"""Who is billed: agreements, their points and their tariffs, apart by the readings' slot count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.sources import Source
from wattloop.library.tariffs.compiled import Tariff


@dataclass(frozen=True, eq=False)
class Agreements:
    """Some agreements.

    Args:
        names: their numbers.
        points: the point of each.
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
    source: Source, tariffs: list[Tariff], first: dt.date, last: dt.date, given: pa.Table | None, con: Any
) -> Billed:
    """Find out who is billed.

    Args:
        source: the readings.
        tariffs: the tariffs of the run.
        first, last: days whose readings count, both included.
        given: Arrow `agreement, point, tariff` (the tariff's id); without it, every point is an agreement.
        con: an Ibis backend.

    Raises:
        Refused: where an agreement says too little, too much, or names what is not there.
    """
    present = {slots: source.points(con, slots, first, last) for slots in source.slot_counts()}
    if not present:
        raise Refused("there are no readings of active energy to bill", "Import some: wattloop readings import FILE.")
    _refuse_two_intervals(present)
    if given is None:
        if len(tariffs) != 1:
            raise Refused("several tariffs need a table of agreements that says whose is which")
        everyone = {s: _sorted(points) for s, points in present.items() if len(points)}
        return Billed(
            {s: Agreements(points, points, np.zeros(len(points), np.int64)) for s, points in everyone.items()},
            pa.array([], pa.string()),
        )
    named = _named(given, tariffs)
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


def _refuse_two_intervals(present: dict[int, pa.Array]) -> None:
    counts = list(present)
    for at, slots in enumerate(counts):
        for other in counts[:at]:
            both = present[slots].filter(pc.is_in(present[slots], present[other]))
            if len(both):
                raise Refused(f"point {both[0]} has readings of two intervals in the span", "Keep one of them.")


def _named(given: pa.Table, tariffs: list[Tariff]) -> Agreements:
    columns = {name: given[name].cast(pa.string()).combine_chunks() for name in ("agreement", "point", "tariff")}
    for name, column in columns.items():
        empty = pc.index(pc.equal(pc.fill_null(column, ""), ""), True).as_py()
        if empty >= 0:
            raise Refused(f"agreement {empty + 1} of the table has no {name}", "Fill it in.", field=name)
    ids = [t.id for t in tariffs]
    of = pc.index_in(columns["tariff"], pa.array(ids, pa.string()))
    if of.null_count:
        at = pc.index(pc.is_null(of), True).as_py()
        raise Refused(
            f"agreement {columns['agreement'][at]} names the tariff {columns['tariff'][at]}, which is not given",
            f"Known here: {', '.join(ids)}.",
        )
    if (point := _twice(columns["point"])) is not None:
        raise Refused(f"point {point} stands in two agreements", "Give each point to one agreement.")
    if (agreement := _twice(columns["agreement"])) is not None:
        raise Refused(
            f"agreement {agreement} has two points, and an agreement is billed by one",
            "Give each point an agreement of its own.",
        )
    return Agreements(columns["agreement"], columns["point"], of.to_numpy(zero_copy_only=False).astype(np.int64))


def _twice(column: pa.Array) -> str | None:
    """A value that stands there more than once."""
    if pc.count_distinct(column).as_py() == len(column):
        return None
    counted = pc.value_counts(column)
    more = counted.filter(pc.greater(counted.field("counts"), 1))
    return str(more[0]["values"]) if len(more) else None
