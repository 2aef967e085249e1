"""What a lake holds, and what one point's days look like."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from wattloop.library.lake.snapshot import CORRECTIONS, Snapshot
from wattloop.library.quantity.dayrows import matrix
from wattloop.library.quantity.refusal import Refused

_BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass
class Held:
    """Readings of one channel at one interval."""

    slots: int
    channel: str
    points: int
    days: int
    first: str
    last: str
    kwh: str
    estimated_days: int
    corrected_days: int


@dataclass
class Overview:
    """A lake at a glance."""

    path: str
    version: int
    zone: str | None
    held: list[Held] = field(default_factory=list)
    imports: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"{self.path}: version {self.version}, standard time of {self.zone or 'no named zone'}"]
        lines += [
            f"  {h.channel}, {h.slots} a day: {h.points:,} points, {h.days:,} days from {h.first} to {h.last}, "
            f"{h.kwh} kWh; {h.estimated_days:,} days with estimates, {h.corrected_days:,} corrected"
            for h in self.held
        ]
        lines += [f"  version {i['version']}: {i['file']} ({i['at']})" for i in self.imports]
        return "\n".join(lines if self.held else [*lines, "  no readings yet: wattloop readings import FILE"])


def overview(snapshot: Snapshot) -> Overview:
    """What a lake holds as of a version."""
    from wattloop.library.lake.store import Lake

    shown = Overview(str(snapshot.path), snapshot.version, snapshot.zone)
    con = ibis.duckdb.connect()
    try:
        for slots in (24, 48, 96, 144, 288):
            for channel in snapshot.channels(slots):
                rows = snapshot.day_rows(con, slots, channel=channel, quality=True)
                total = rows[rows.columns[2]].cast("int64")
                for name in rows.columns[3 : 2 + slots]:
                    total = total + rows[name]
                found = (
                    rows.aggregate(
                        points=rows.point.nunique(),
                        days=rows.count(),
                        first=rows.day.min(),
                        last=rows.day.max(),
                        wh=total.sum(),
                        estimated=rows.estimated.notnull().sum(),
                    )
                    .to_pyarrow()
                    .to_pylist()[0]
                )
                late = snapshot.files(CORRECTIONS, slots)
                corrected = con.read_parquet(late).select("point", "day").distinct().count().execute() if late else 0
                shown.held.append(
                    Held(
                        slots,
                        channel,
                        found["points"],
                        found["days"],
                        str(found["first"]),
                        str(found["last"]),
                        f"{int(found['wh'] or 0) / 1000:,.3f}",
                        int(found["estimated"] or 0),
                        int(corrected),
                    )
                )
    finally:
        con.disconnect()
    for version in Lake(snapshot.path).imports():
        if version.imported and version.version <= snapshot.version:
            shown.imports.append({"version": version.version, "file": version.imported["file"], "at": version.at})
    return shown


@dataclass
class PointDays:
    """One point's days: total, peak, estimated slots and the shape of each."""

    point: str
    days: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [self.point]
        lines += [
            f"  {d['day']}  {d['kwh']:>12,.3f} kWh  peak {d['peak_kw']:>10,.3f} kW  |{d['shape']}|"
            + (f"  {d['estimated']} estimated" if d["estimated"] else "")
            for d in self.days
        ]
        return "\n".join(lines)


def point(snapshot: Snapshot, name: str, first: dt.date | None = None, last: dt.date | None = None) -> PointDays:
    """The days of one point; the last fourteen where no span is given.

    Raises:
        Refused: where the lake has no such point in the span.
    """
    con = ibis.duckdb.connect()
    found: list[dict[str, Any]] = []
    try:
        for slots in snapshot.slot_counts():
            rows = snapshot.day_rows(con, slots, first_day=first, last_day=last, quality=True)
            table = rows.filter(rows.point == name).order_by("day").to_pyarrow()
            found += _described(table, slots)
    finally:
        con.disconnect()
    if not found:
        span = " in that span" if first or last else ""
        raise Refused(f"the lake has no reading of point {name}{span}", "See `wattloop readings show`.")
    return PointDays(name, found if first or last else found[-14:])


def _described(table: pa.Table, slots: int) -> list[dict[str, Any]]:
    if not len(table):
        return []
    values, _ = matrix(table, slots)
    per_hour = values.reshape(len(values), 24, -1).sum(axis=2)
    top = int(per_hour.max(initial=1)) or 1
    height = np.ceil(per_hour / top * (len(_BLOCKS) - 1)).astype(int).clip(0, len(_BLOCKS) - 1)
    marks = [sum(b.bit_count() for b in m) if m else 0 for m in table["estimated"].to_pylist()]
    return [
        {
            "day": str(day),
            "kwh": int(values[i].sum()) / 1000,
            "peak_kw": int(values[i].max()) * slots / 24 / 1000,
            "estimated": marks[i],
            "shape": "".join(_BLOCKS[h] for h in height[i]),
        }
        for i, day in enumerate(table["day"].to_pylist())
    ]
