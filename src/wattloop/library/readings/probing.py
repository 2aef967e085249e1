"""A look at the first readings of a long file: how its stamps are written, and how far apart they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb

from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.engine import identifier, point_sql, relation, stamp_sql, stamp_text
from wattloop.library.readings.faults import Finder
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.stamps import FORMS, PLAIN, carries_offset, shape

_READINGS = 200_000
_STAMPS = 1_000
_FIRST = "first_readings"
_SHAPES = 4
_MINUTE = 60_000_000
_STEPS = {24 * 60 // slots * _MINUTE: slots for slots in SLOT_COUNTS}


def probe(con: duckdb.DuckDBPyConnection, found: Recognised, source: Path, finder: Finder) -> None:
    """Fill in what only the readings tell: `zoned`, `stamp_form` and `slots`.

    Raises:
        Refused: where no stamp can be read, or the interval cannot be told.
    """
    columns = ", ".join(identifier(name) for role, name in found.columns.items() if role != "value")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {_FIRST} AS"
        f" SELECT {columns} FROM {relation(found, source, [])} LIMIT {_READINGS}"
    )
    try:
        if found.stamps_are_text:
            _stamps(con, found, finder)
        if not found.slots:
            found.slots = _slots(con, found, source, finder)
    finally:
        con.execute(f"DROP TABLE {_FIRST}")


def _stamps(con: duckdb.DuckDBPyConnection, found: Recognised, finder: Finder) -> None:
    text = stamp_text(found)
    rows = f"(SELECT * FROM {_FIRST} WHERE {text} IS NOT NULL LIMIT {_STAMPS})"
    texts = [str(row[0]) for row in con.execute(f"SELECT {text} FROM {rows}").fetchall()]
    found.zoned = sum(map(carries_offset, texts)) * 2 > len(texts)
    read = {}
    for form in (PLAIN, *FORMS):
        found.stamp_form = form
        read[form] = con.execute(f"SELECT count({stamp_sql(found)}) FROM {rows}").fetchall()[0][0]
    found.stamp_form = max(read, key=lambda form: read[form])
    if texts and not read[found.stamp_form]:
        finder.refuse_null(point=False)
    shapes = Counter(pattern for text in texts if (pattern := shape(text, zoned=found.zoned)))
    found.stamp_shapes = [pattern for pattern, _ in shapes.most_common(_SHAPES)]
    if found.stamp_form:
        found.notes.append(f"stamps written like {texts[0]!r}")


def _slots(con: duckdb.DuckDBPyConnection, found: Recognised, source: Path, finder: Finder) -> int:
    """Slots per day: by the step most common between a point's readings, else by the grid that all stamps keep.

    The second is for files so shuffled, or of so many points, that their first readings are no neighbours.
    """
    stamp = stamp_sql(found)
    steps = con.execute(
        f"""SELECT step, count(*) AS n, sum(n) OVER () FROM (
            SELECT t - lag(t) OVER (PARTITION BY p ORDER BY t) AS step
            FROM (SELECT {point_sql(found)} AS p, {stamp} AS t FROM {_FIRST})
        ) WHERE step > 0 GROUP BY step ORDER BY n DESC, step LIMIT 1"""
    ).fetchall()
    if steps and steps[0][1] * 2 >= steps[0][2]:
        if steps[0][0] in _STEPS:
            return _STEPS[steps[0][0]]
        raise Refused(
            f"readings are {steps[0][0] / _MINUTE:g} minutes apart, which is none of 60, 30, 15, 10 and 5",
            "Check the stamps, or resample the readings.",
            file=str(found.path),
        )
    rows = _FIRST if steps else relation(found, source, [])
    ordered = sorted(_STEPS, reverse=True)
    on_grid = ", ".join(f"count(*) FILTER (t % {step} = 0)" for step in ordered)
    counts = con.execute(f"SELECT count(t), {on_grid}, count(*) FROM (SELECT {stamp} AS t FROM {rows})").fetchall()[0]
    if not steps and counts[0] < counts[-1]:
        finder.refuse_null(point=False)
    if counts[0] <= 1 or (not steps and counts[0] < _READINGS):
        raise Refused(
            "no point has two readings, so the interval cannot be told", "Name the slots per day.", file=str(found.path)
        )
    for step, count in zip(ordered, counts[1:-1], strict=True):
        if count * 100 >= counts[0] * 99:
            return _STEPS[step]
    return _STEPS[ordered[-1]]  # the readers will name the first stamp that is off it
