"""The load of an agreement's points: one day slot by slot, or a span day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """A load curve.

    Args:
        slots: readings a day; 0 where there is none.
        values: Wh of each slot or day; None where there is no reading.
        estimated: how many of them were estimated, wholly or in part.
    """

    slots: int
    values: list[int | None]
    estimated: int


def day_curve(points: Sequence[str], day: dt.date) -> Curve:
    """What some points took on a day, together: Wh of each slot, of the finest count of slots that all of them have."""
    rows = _rows(points, day, day)
    if not rows:
        return Curve(0, [], 0)
    slots = min(count for count, _, _, _ in rows)
    total = [0] * slots
    for count, _, values, _ in rows:
        step = count // slots
        for slot in range(slots):
            total[slot] += sum(values[slot * step : (slot + 1) * step])
    return Curve(slots, list(total), sum(estimated for *_, estimated in rows))


def daily_curve(points: Sequence[str], first: dt.date, last: dt.date) -> Curve:
    """What some points took on each day of a span, both days included."""
    total: list[int | None] = [None] * ((last - first).days + 1)
    rows = _rows(points, first, last)
    for _, day, values, _ in rows:
        at = (day - first).days
        total[at] = (total[at] or 0) + sum(values)
    return Curve(max((count for count, *_ in rows), default=0), total, sum(1 for *_, estimated in rows if estimated))


def last_day(points: Sequence[str]) -> dt.date | None:
    """The last day of which there is a reading of one of some points."""
    import ibis

    from wattloop.apps.metering.lake import open_lake

    snapshot = open_lake().snapshot()
    con = ibis.duckdb.connect()
    found: list[dt.date] = []
    try:
        for slots in snapshot.slot_counts():
            # The newest month that has any of them is enough.
            for month in reversed(snapshot.months("intervals", slots)):
                first = dt.date.fromisoformat(f"{month}-01")
                rows = snapshot.day_rows(con, slots, first_day=first, last_day=_month_end(first))
                day = rows.filter(rows.point.isin(list(points))).day.max().to_pyarrow().as_py()
                if day is not None:
                    found.append(day)
                    break
    finally:
        con.disconnect()
    return max(found, default=None)


def _month_end(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


def _rows(points: Sequence[str], first: dt.date, last: dt.date) -> list[tuple[int, dt.date, list[int], int]]:
    """(slots, day, Wh of each slot, slots estimated) of each point and day."""
    import ibis

    from wattloop.apps.metering.lake import open_lake
    from wattloop.library.quantity.dayrows import slot_names

    snapshot = open_lake().snapshot()
    found = []
    con = ibis.duckdb.connect()
    try:
        for slots in snapshot.slot_counts():
            rows = snapshot.day_rows(con, slots, first_day=first, last_day=last, quality=True)
            names = slot_names(slots)
            table = rows.filter(rows.point.isin(list(points))).select("day", "estimated", *names).to_pyarrow()
            for day, mark, *values in zip(*(table[name].to_pylist() for name in table.column_names), strict=True):
                found.append((slots, day, values, int.from_bytes(mark or b"", "big").bit_count()))
    finally:
        con.disconnect()
    return found
