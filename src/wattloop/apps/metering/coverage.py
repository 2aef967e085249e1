"""How much of the readings that should be there is there: by point and day, and by unit or area and day.

All of it is read from the lake in whole columns; what was found for many points is kept for the version of the lake.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

NOTHING, ESTIMATED, WHOLE = range(3)
"""What there is of a point's day: no reading, some that were estimated, all of them."""


@dataclass(frozen=True)
class Grid:
    """Points × days.

    Args:
        days: in order.
        points: in the order asked for.
        states: for each point the state of each day.
        shares: for each point the share of slots of each day that were read, in per cent.
    """

    days: list[dt.date]
    points: list[str]
    states: list[list[int]]
    shares: list[list[int]]


def of_points(points: Sequence[str], first: dt.date, last: dt.date) -> Grid:
    """What there is of some points, day by day; both days included."""
    import numpy as np

    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    at = {point: n for n, point in enumerate(points)}
    read = np.zeros((len(points), len(days)), np.int64)
    for slots, rows in _rows(points, first, last):
        counted = _estimated(rows.column("estimated"), slots)
        for point, day, estimated in zip(rows["point"].to_pylist(), rows["day"].to_pylist(), counted, strict=True):
            share = (slots - estimated) * 100 // slots
            cell = at[point], (day - first).days
            read[cell] = max(read[cell], share + 1)  # 1: a day that was wholly estimated is there
    states = np.where(read == 0, NOTHING, np.where(read == 101, WHOLE, ESTIMATED))
    return Grid(days, list(points), states.tolist(), np.maximum(read - 1, 0).tolist())


def _rows(points: Sequence[str], first: dt.date, last: dt.date) -> list[tuple[int, Any]]:
    import ibis

    from wattloop.apps.metering.lake import open_lake

    snapshot = open_lake().snapshot()
    found = []
    con = ibis.duckdb.connect()
    try:
        for slots in snapshot.slot_counts():
            asked = {"first_day": first, "last_day": last, "quality": True}
            rows = snapshot.day_rows(con, slots, **asked)  # type: ignore[arg-type]
            chosen = rows.filter(rows.point.isin(list(points))).select("point", "day", "estimated")
            found.append((slots, chosen.to_pyarrow()))
    finally:
        con.disconnect()
    return found


def _estimated(column: Any, slots: int) -> list[int]:
    """How many slots each bitmap marks."""
    return [0 if not mark else int.from_bytes(mark, "big").bit_count() for mark in column.to_pylist()]


@dataclass(frozen=True)
class Shares:
    """Groups × days: of how many points there is a day-row; `expected` are the points of each group."""

    days: list[dt.date]
    expected: dict[str, int]
    there: dict[str, list[int]]


def of_groups(groups: Sequence[tuple[str, str]], first: dt.date, last: dt.date) -> Shares:
    """How many points of each group have readings on each day.

    Args:
        groups: (point, group) of every point that should have readings.
        first, last: days, both included.
    """
    from wattloop.apps.metering.lake import open_lake

    snapshot = open_lake().snapshot()
    return _of_groups(str(snapshot.path), snapshot.version, tuple(groups), first, last)


@lru_cache(maxsize=16)
def _of_groups(path: str, version: int, groups: tuple[tuple[str, str], ...], first: dt.date, last: dt.date) -> Shares:
    import duckdb
    import pyarrow as pa

    from wattloop.library.lake import open_lake

    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    expected: dict[str, int] = {}
    for _, group in groups:
        expected[group] = expected.get(group, 0) + 1
    there = {group: [0] * len(days) for group in expected}
    snapshot = open_lake(path).snapshot(version)
    files = [file for slots in snapshot.slot_counts() for file in snapshot.files("intervals", slots, first, last)]
    if files and groups:
        members = pa.table({"point": [p for p, _ in groups], "grp": [g for _, g in groups]})
        with duckdb.connect() as con:
            con.register("members", members)
            rows = con.execute(
                "SELECT m.grp, r.day, count(DISTINCT r.point) FROM read_parquet(?) r JOIN members m USING (point) "
                "WHERE r.day BETWEEN ? AND ? AND r.channel = 'active_in' GROUP BY 1, 2", [files, first, last],
            ).fetchall()  # fmt: skip
        for group, day, count in rows:
            there[group][(day - first).days] = count
    return Shares(days, expected, there)
