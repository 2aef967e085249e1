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
        points = self.points.take(chosen)
        names = points if self.names is self.points else self.names.take(chosen)
        return Agreements(names, points, self.tariff_of[where])


def agreements_of(
    source: Source,
    tariffs: list[Tariff],
    wanted: list[BillPeriod],
    past: list[History],
    given: pa.Table | None,
    con: Any,
) -> dict[int, Agreements]:
    """Find out who is billed.

    Args:
        source: the readings.
        tariffs: the tariffs of the run.
        wanted: the bill periods.
        past: what each tariff counts before them.
        given: Arrow `agreement, point, tariff` (the tariff's id), without `agreement` each point is
            one; without a table too.
        con: an Ibis backend.

    Returns:
        Agreements by the slots per day of their readings; who has none is among the first.

    Raises:
        Refused: where there are no readings at all; a column or a value is missing, a tariff is not
            given, or a point or an agreement stands there twice; several tariffs and no table; a
            point's readings are of two intervals.
    """
    counts = source.slot_counts()
    if not counts:
        raise no_readings(wanted)
    if given is None and len(tariffs) != 1:
        raise Refused("several tariffs need a table of agreements that says whose is which")
    named = None if given is None else _named(given, tariffs)
    if named is not None and len(counts) == 1:
        return {counts[0]: named}
    present = _present(source, wanted, con)
    every = _by_slots(named, present) if named is not None else {s: _own(p) for s, p in present.items() if len(p)}
    if len(counts) > 1:
        first, last = _span(wanted)
        since = min((p[0].start for p in past if p), default=first)
        before = {slots: source.points(con, slots, since, last) for slots in counts}
        _refuse_two_intervals(every, present, before, np.array([bool(p) for p in past]))
    return every


def without_agreement(source: Source, wanted: list[BillPeriod], billed: dict[int, Agreements], con: Any) -> pa.Array:
    """string[points], sorted: those with readings in the bill periods that no agreement names."""
    named = pa.concat_arrays([pa.array([], pa.string()), *(agreements.points for agreements in billed.values())])
    nobody = []
    for points in _present(source, wanted, con).values():
        at = pc.index_in(points, named)
        nobody.append(points.filter(pc.is_null(at)) if at.null_count else points.slice(0, 0))
    return _sorted(pa.concat_arrays(nobody))


def _present(source: Source, wanted: list[BillPeriod], con: Any) -> dict[int, pa.Array]:
    """The points with readings in the bill periods, by their slot count."""
    first, last = _span(wanted)
    return {slots: source.points(con, slots, first, last) for slots in source.slot_counts()}


def _span(wanted: list[BillPeriod]) -> tuple[dt.date, dt.date]:
    # A local day may reach into the standard-time days beside it.
    return wanted[0].start - dt.timedelta(days=1), wanted[-1].end


def _own(points: pa.Array) -> Agreements:
    points = _sorted(points)
    return Agreements(points, points, np.zeros(len(points), np.int64))


def no_readings(wanted: list[BillPeriod]) -> Refused:
    """The refusal where nobody has anything to bill."""
    span = f"from {wanted[0].start} up to {wanted[-1].end}"
    return Refused(f"there are no readings of active energy {span}", "Check the span, and what the lake holds.")


def _by_slots(named: Agreements, present: dict[int, pa.Array]) -> dict[int, Agreements]:
    found = {slots: np.asarray(pc.is_in(named.points, points)) for slots, points in present.items()}
    some = next(iter(found))
    found[some] = found[some] | ~np.logical_or.reduce(list(found.values()))
    return {slots: named.take(np.flatnonzero(mine)) for slots, mine in found.items() if mine.any()}


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
        empty = pc.index(pc.is_null(column), True).as_py() if column.null_count else pc.index(column, "").as_py()
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
    if columns["agreement"].equals(columns["point"]):  # as they often do, and then they are looked at once
        columns["agreement"] = columns["point"]
    elif (twice := _twice(columns["agreement"])) is not None:
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
