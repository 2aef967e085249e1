"""Whose bills may have changed since they were booked, and why: readings, terms or tariffs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.changes import changed
from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.quantity.dayrows import ACTIVE_IN, REACTIVE
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.choosing import chosen
from wattloop.library.rating.agreements.model import FOR_EVER, Agreements, one_each
from wattloop.library.rating.agreements.parts import parts_of
from wattloop.library.rating.agreements.periods import BillPeriod, history
from wattloop.library.rating.agreements.segments import schedules_of
from wattloop.library.rating.agreements.table import from_table
from wattloop.library.rating.agreements.variants import EPOCH, Variants
from wattloop.library.rating.corrections import fingerprints
from wattloop.library.rating.corrections.booked import Booked
from wattloop.library.rating.measuring.patterns import local_time
from wattloop.library.tariffs.compiled import Tariff

READINGS, TERMS, TARIFF = "readings", "terms", "tariff"
NEW, GONE = "new agreement", "agreement gone"
_NAMES = ("agreement", "point", "tariff", "point-tariff", "point_tariff")


@dataclass(eq=False)
class Affected:
    """What to rate again.

    Args:
        agreements: those affected that are there now.
        gone: string, names of those booked that are there no longer.
        causes: {cause: names}; an agreement may have several.
        tariffs, population, table: fingerprints as of now.
        known: everybody as of now, as `fingerprints.SCHEMA`; None where nobody's terms changed.
    """

    agreements: Agreements
    gone: pa.Array
    causes: dict[str, pa.Array]
    tariffs: dict[str, str]
    population: str
    table: str | None = None
    known: pa.Table | None = None
    names: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))


def affected(
    con: duckdb.DuckDBPyConnection, booked: Booked, old: Snapshot, new: Snapshot, tariffs: list[Tariff],
    given: pa.Table | Agreements | None, wanted: list[BillPeriod],
) -> Affected:  # fmt: skip
    """Compare what the newest run was billed from with what there is now.

    Args:
        con: an engine to look with.
        booked: what was booked.
        old, new: the lake as the newest run read it, and as it is now.
        tariffs, given: as they are now; None where each point is an agreement.
        wanted: the bills of the span.
    """
    record = booked.newest
    _, end = record.span
    variants = Variants(tariffs)
    moved = _moved(con, old, new, tariffs, wanted)
    now = fingerprints.of_tariffs(tariffs, end)
    by_tariff = {name for name in {*now, *record.tariffs} if now.get(name) != record.tariffs.get(name)}
    table = fingerprints.of_tables(given) if isinstance(given, pa.Table) else None
    same = table is not None and table == record.table
    if given is None:
        agreements = _each_point(booked, new, variants, wanted, moved)
    elif isinstance(given, pa.Table):
        agreements = from_table(_concerned(given, moved["point"], by_tariff) if same else given)
    else:
        agreements = given
    population = record.population if same else fingerprints.of_population(agreements, end)
    found = Affected(agreements, pa.array([], pa.string()), {}, now, population, table)
    causes = {TARIFF: _naming(agreements, by_tariff)}
    if population != record.population:
        before, found.known = booked.agreements(), fingerprints.of_agreements(agreements, end)
        fresh, other, found.gone = fingerprints.differing(before, found.known)
        causes |= {NEW: _at(agreements, fresh), TERMS: _at(agreements, other)}
    causes[READINGS] = _touched(agreements, variants, new, wanted, moved)
    found.causes = {cause: agreements.names.take(pa.array(at)) for cause, at in causes.items() if len(at)}
    if len(found.gone):
        found.causes[GONE] = found.gone
    every = np.unique(np.concatenate(list(causes.values()))).astype(np.int64)
    found.agreements = chosen(agreements, every)
    found.names = pa.concat_arrays([agreements.names.take(pa.array(every)), found.gone.cast(pa.string())])
    return found


def _concerned(given: pa.Table, points: pa.ChunkedArray, tariffs: set[str]) -> pa.Table:
    """The rows of agreements that have any of some points, or name any of some tariffs."""
    held = {name.replace("_", "-"): given[name].cast(pa.string()) for name in given.column_names if name in _NAMES}
    ids = pa.array(sorted(tariffs), pa.string())
    mine = pc.is_in(held["point"], points.combine_chunks())
    for name in ("tariff", "point-tariff"):
        if name in held:
            mine = pc.or_(mine, pc.is_in(held[name], ids))
    names = held.get("agreement", held["point"])
    return given.filter(pc.is_in(names, pc.unique(names.filter(mine))))


def _each_point(
    booked: Booked, lake: Snapshot, variants: Variants, wanted: list[BillPeriod], moved: pa.Table
) -> Agreements:
    """Everybody booked, and whoever has readings of the bills' days by now, each point an agreement."""
    first, end = ((day - EPOCH).days for day in (wanted[0].start, wanted[-1].end))
    before, after = _reach(variants, lake, [first], end)
    day = np.asarray(moved["day"]).astype("datetime64[D]").astype(np.int64)
    points = moved["point"].combine_chunks().filter(pa.array((day >= first - before) & (day < end + after)))
    known = pc.unique(pa.concat_arrays([booked.agreements()["agreement"].combine_chunks(), points]))
    return one_each(known.take(pc.array_sort_indices(known)), variants.ids[0])


def _moved(
    con: duckdb.DuckDBPyConnection, old: Snapshot, new: Snapshot, tariffs: list[Tariff], wanted: list[BillPeriod]
) -> pa.Table:
    """Days of points whose readings differ, as far back as any tariff counts."""
    start, end = wanted[0].start, wanted[-1].end
    begins = [period.start for tariff in tariffs for period in history(tariff, start)]
    first, last = min([start, *begins]) - dt.timedelta(days=1), end
    return changed(con, old, new, first, last, {ACTIVE_IN, *REACTIVE})


def _naming(agreements: Agreements, tariffs: set[str]) -> Whole:
    """Agreements that name any of some tariffs, for themselves or for a point of theirs."""
    if not tariffs:
        return np.empty(0, np.int64)
    ids = pa.array(sorted(tariffs))
    versions, points = agreements.versions, agreements.points
    own = versions.agreement[np.asarray(pc.is_in(versions.tariff, ids))]
    of_points = points.agreement[np.asarray(pc.is_in(points.tariff, ids))]
    return np.unique(np.concatenate([own, of_points]))


def _at(agreements: Agreements, names: pa.Array) -> Whole:
    return np.asarray(pc.index_in(names, agreements.names)).astype(np.int64)


def _touched(
    agreements: Agreements, variants: Variants, lake: Snapshot, wanted: list[BillPeriod], moved: pa.Table
) -> Whole:
    """Agreements with a reading that moved on a day that some bill of theirs counts."""
    if not len(moved):
        return np.empty(0, np.int64)
    rows = np.flatnonzero(np.asarray(pc.is_in(agreements.points.point, moved["point"].combine_chunks())))
    candidates = np.unique(agreements.points.agreement[rows])
    if not len(candidates):
        return candidates
    some = chosen(agreements, candidates)
    parts = parts_of(some)
    times = schedules_of(some, parts, variants, wanted)
    begins = np.array([(day - EPOCH).days for day in times.begins] or [0], np.int64)
    begin = np.full(len(candidates), FOR_EVER, np.int64)
    billed = times.of_part >= 0
    np.minimum.at(begin, parts.agreement[billed], begins[times.of_part[billed]])
    end = (wanted[-1].end - EPOCH).days
    before, after = _reach(variants, lake, begin[begin < FOR_EVER].tolist(), end)
    # Days as numbers of the rows that moved, each point's together.
    code = moved["point"].combine_chunks().dictionary_encode()
    day = np.asarray(moved["day"]).astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((day, np.asarray(code.indices)))
    key = np.asarray(code.indices).astype(np.int64)[order] * 2**32 + day[order]
    at = pc.index_in(some.points.point, code.dictionary)
    known = np.flatnonzero(~np.asarray(pc.is_null(at)))
    number, owner = np.asarray(pc.fill_null(at, 0)).astype(np.int64)[known], some.points.agreement[known]
    low = np.searchsorted(key, number * 2**32 + begin[owner] - before)
    high = np.searchsorted(key, number * 2**32 + end + after)
    return candidates[np.unique(owner[(high > low) & (begin[owner] < FOR_EVER)])]


def _reach(variants: Variants, lake: Snapshot, begins: list[int], end: int) -> tuple[int, int]:
    """How many days of readings beside the local days counted hold any of their hours, before and after (0 or 1)."""
    zones = {t.calendar.zone for versions in variants.versions.values() for t in versions}
    minutes = np.arange(0, 1440, 5).astype("timedelta64[m]")

    def days_of(day: int, zone: str | None) -> Whole:
        standard = np.datetime64(day, "D").astype("datetime64[m]") + minutes
        local = local_time(standard, zone, lake.zone, lake.offset)
        return local.astype("datetime64[D]").astype(np.int64)

    before = any((days_of(day - 1, zone) >= day).any() for day in set(begins) for zone in zones)
    after = any((days_of(end, zone) < end).any() for zone in zones)
    return int(before), int(after)
