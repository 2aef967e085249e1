"""What a lake holds, at a glance."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import ibis

from wattloop.library.lake.snapshot import CORRECTIONS, Snapshot
from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.readings.channels import VOLTAGE, largest_unit
from wattloop.library.readings.report import in_units


@dataclass
class Held:
    """Readings of one channel at one interval."""

    slots: int
    channel: str
    points: int
    days: int
    first: str
    last: str
    total: str
    estimated_days: int
    corrected_days: int

    def __str__(self) -> str:
        return (
            f"{self.channel}, {self.slots} a day: {counted(self.points, 'point')}, {counted(self.days, 'day')} "
            f"from {self.first} to {self.last}, {self.total}; {counted(self.estimated_days, 'day')} with estimates, "
            f"{self.corrected_days:,} corrected"
        )


@dataclass
class HeldRegister:
    """Readings of one register; a demand has no total."""

    register: str
    points: int
    readings: int
    first: str
    last: str
    total: str | None

    def __str__(self) -> str:
        return (
            f"register {self.register}: {counted(self.points, 'point')}, {counted(self.readings, 'reading')} "
            f"from {self.first} to {self.last}" + (f", {self.total}" if self.total else "")
        )


@dataclass
class Overview:
    """A lake at a glance."""

    path: str
    version: int
    zone: str | None
    held: list[Held] = field(default_factory=list)
    registers: list[HeldRegister] = field(default_factory=list)
    imports: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"{self.path}: version {self.version}, standard time of {self.zone or 'no named zone'}"]
        held = [f"  {one}" for one in (*self.held, *self.registers)]
        lines += held or ["  no readings yet: wattloop readings import FILE"]
        return "\n".join([*lines, *(f"  version {i['version']}: {i['file']} ({i['at']})" for i in self.imports)])


def overview(snapshot: Snapshot) -> Overview:
    """What a lake holds as of a version."""
    from wattloop.library.lake.store import Lake

    shown = Overview(str(snapshot.path), snapshot.version, snapshot.zone)
    con = ibis.duckdb.connect()
    try:
        shown.held += [
            _held(snapshot, con, slots, channel) for slots in SLOT_COUNTS for channel in snapshot.channels(slots)
        ]
    finally:
        con.disconnect()
    shown.registers += [
        HeldRegister(
            r["register"], r["points"], r["readings"], str(r["first"]), str(r["last"]),
            None if r["quantity"] is None else in_units(r["register"], int(r["quantity"])),
        )
        for r in snapshot.register_totals()
    ]  # fmt: skip
    for version in Lake(snapshot.path).imports():
        if version.imported and version.version <= snapshot.version:
            shown.imports.append({"version": version.version, "file": version.imported["file"], "at": version.at})
    return shown


def _held(snapshot: Snapshot, con: Any, slots: int, channel: str) -> Held:
    rows = snapshot.day_rows(con, slots, channel=channel, quality=True)
    total = rows[rows.columns[2]].cast("int64")
    for name in rows.columns[3 : 2 + slots]:
        total = total + rows[name]
    sums = rows.aggregate(
        points=rows.point.nunique(), days=rows.count(), first=rows.day.min(), last=rows.day.max(), total=total.sum(),
        estimated=rows.estimated.notnull().sum(),
    )  # fmt: skip
    [found] = sums.to_pyarrow().to_pylist()
    unit, one = largest_unit(channel)
    counted = int(found["total"] or 0) / one
    mean = f"mean {counted / max(found['days'] * slots, 1):,.1f} V"
    late = snapshot.files(CORRECTIONS, slots)
    corrected = 0
    if late:
        corrections = con.read_parquet(late)
        chosen = corrections.filter(corrections.channel == channel)
        corrected = int(chosen.select("point", "day").distinct().count().execute())
    return Held(
        slots, channel, found["points"], found["days"], str(found["first"]), str(found["last"]),
        mean if channel == VOLTAGE else f"{counted:,.3f} {unit}", int(found["estimated"] or 0), corrected,
    )  # fmt: skip
