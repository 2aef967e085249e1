"""What one point's days and registers look like."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.quantity.dayrows import ACTIVE_IN, CHANNELS, SLOT_COUNTS, matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.channels import VOLTAGE, largest_unit
from wattloop.library.readings.report import in_units

_BLOCKS = " ▁▂▃▄▅▆▇█"
_DAYS, _READINGS = 14, 3


@dataclass
class PointDays:
    """One point's days, by channel: total, peak, estimated slots and the shape of each; and its register readings."""

    point: str
    days: list[dict[str, Any]]
    registers: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def __str__(self) -> str:
        lines, channel = [self.point], ACTIVE_IN
        for day in self.days:
            if day["channel"] != channel:
                channel = day["channel"]
                lines.append(f"  {channel}")
            lines.append(f"  {day['day']}  {_amounts(day)}  |{day['shape']}|" + _estimated(day))
        register = None
        for reading in self.registers:
            if reading["register"] != register:
                register = reading["register"]
                lines.append(f"  register {register}")
            lines.append(f"  {_reading(reading)}")
        return "\n".join(lines)


def point(snapshot: Snapshot, name: str, first: dt.date | None = None, last: dt.date | None = None) -> PointDays:
    """The days of one point in every channel, and its registers; the last few of each where no span is given.

    Args:
        snapshot: the lake.
        name: the point.
        first, last: days, both included.

    Raises:
        Refused: where the lake has no such point in the span.
    """
    whole = first is not None or last is not None
    days: list[dict[str, Any]] = []
    con = ibis.duckdb.connect()
    try:
        for channel in CHANNELS:
            found = []
            for slots in SLOT_COUNTS:
                if channel in snapshot.channels(slots):
                    rows = snapshot.day_rows(con, slots, channel=channel, first_day=first, last_day=last, quality=True)
                    table = rows.filter(rows.point == name).order_by("day").to_pyarrow()
                    found += _described(table, slots, channel)
            days += found if whole else found[-_DAYS:]
    finally:
        con.disconnect()
    registers = _registers(snapshot, name, first, last, None if whole else _READINGS)
    if not days and not registers:
        span = " in that span" if whole else ""
        raise Refused(f"the lake has no reading of point {name}{span}", "See `wattloop readings show`.")
    return PointDays(name, days, registers)


def _registers(
    snapshot: Snapshot, name: str, first: dt.date | None, last: dt.date | None, newest: int | None
) -> list[dict[str, Any]]:
    """The point's register readings, plain; of each register the `newest` alone, where that is given."""
    rows = snapshot.registers(first or dt.date.min, last or dt.date.max, pa.array([name])).to_pylist()
    by_register: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        plain = {key: str(value) if isinstance(value, dt.date) else value for key, value in row.items()}
        plain |= {key: None if row[key] is None else str(row[key]) for key in ("last", "this", "multiplier")}
        by_register.setdefault(row["register"], []).append(plain)
    return [row for of_one in by_register.values() for row in of_one[-(newest or 0) :]]


def _reading(row: dict[str, Any]) -> str:
    counted = row["this"] if row["last"] is None else f"({row['this']} - {row['last']})"
    said = (
        f"{row['from']} to {row['to']}, meter {row['meter']}: {counted} x {row['multiplier']}"
        f" = {in_units(row['register'], row['quantity'])}"
    )
    return said + (f" at {row['at']}" if row["at"] else "") + (", rolled over" if row["rolled"] else "")


def _amounts(day: dict[str, Any]) -> str:
    if day["channel"] == VOLTAGE:
        return f"{day['lowest_v']:>8,.1f} to {day['highest_v']:,.1f} V, mean {day['mean_v']:,.1f} V"
    unit = largest_unit(day["channel"])[0]
    energy, power = day[unit.lower()], day[f"peak_{unit.removesuffix('h').lower()}"]
    return f"{energy:>12,.3f} {unit}  peak {power:>10,.3f} {unit.removesuffix('h')}"


def _estimated(day: dict[str, Any]) -> str:
    return f"  {day['estimated']} estimated" if day["estimated"] else ""


def _described(table: pa.Table, slots: int, channel: str) -> list[dict[str, Any]]:
    if not len(table):
        return []
    values, _ = matrix(table, slots)
    per_hour = values.reshape(len(values), 24, -1).sum(axis=2, dtype=np.int64)
    # A voltage hardly leaves its mean: its shape is drawn from the lowest up.
    low = int(per_hour.min()) if channel == VOLTAGE else 0
    top = max(int(per_hour.max()) - low, 1)
    height = np.ceil((per_hour - low) / top * (len(_BLOCKS) - 1)).astype(int).clip(0, len(_BLOCKS) - 1)
    marks = [sum(b.bit_count() for b in m) if m else 0 for m in table["estimated"].to_pylist()]
    return [
        {
            "channel": channel,
            "day": str(day),
            **_day(values[i], slots, channel),
            "estimated": marks[i],
            "shape": "".join(_BLOCKS[h] for h in height[i]),
        }
        for i, day in enumerate(table["day"].to_pylist())
    ]


def _day(values: npt.NDArray[np.int32], slots: int, channel: str) -> dict[str, float]:
    unit, one = largest_unit(channel)
    if channel == VOLTAGE:
        return {
            "lowest_v": int(values.min()) / one, "highest_v": int(values.max()) / one,
            "mean_v": round(float(values.mean()) / one, 1),
        }  # fmt: skip
    name = unit.lower()
    return {name: int(values.sum()) / one, f"peak_{name.removesuffix('h')}": int(values.max()) * slots / 24 / one}
