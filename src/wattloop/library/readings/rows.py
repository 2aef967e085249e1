"""A plain series of readings → day-rows, without a lake: for a notebook, a what-if, a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity import zones
from wattloop.library.quantity.dayrows import ACTIVE_IN, CHANNELS, SLOT_COUNTS, from_matrix, with_zone
from wattloop.library.quantity.refusal import Refused

WH_LIMIT = 2**31 - 1

AMISS = {
    1: ("does not exist: the clock is put forward over it", "Check the zone, or give stamps with their offset."),
    2: ("is shown twice when the clock is put back, and stands there once", "Give stamps with their offset."),
    3: ("stands there more often than the clock shows it", "Keep one reading an interval."),
}
"""What `zones.local_to_utc` could not place, by its state: what is wrong, and what to do."""


def day_rows(
    timestamps: Sequence[Any] | npt.NDArray[Any],
    kwh: Sequence[Any] | npt.NDArray[Any],
    *,
    point: str,
    slots: int,
    zone: str | None = None,
    channel: str = ACTIVE_IN,
) -> pa.Table:
    """Day-rows of one point.

    Args:
        timestamps: starts of the intervals, on the local clock of `zone`, in any order: datetimes, datetime64
            or pandas, without offset. In an hour the clock shows twice, the first of two equal stamps is the earlier.
        kwh: energy of each interval; rounded half up to the watt-hour. None or NaN is a missing reading.
        point: the point's name.
        slots: slots per day: 24, 48, 96, 144 or 288.
        zone: IANA zone of the local clock; None where the stamps are standard time already.
        channel: the channel.

    Returns:
        Raw day-rows, sorted by day, null where nothing was read, with the zone in the schema's metadata.

    Raises:
        Refused: for stamps off the grid, given twice, carrying an offset, or never shown by the clock, and for
            readings too large; `row` counts the readings from 1.
        ValueError: where the two lengths differ.
    """
    if slots not in SLOT_COUNTS:
        raise Refused(
            f"a day does not have {slots} slots", f"Give one of {', '.join(map(str, SLOT_COUNTS))}.", field="slots"
        )
    if channel not in CHANNELS:
        raise Refused(f"there is no channel {channel!r}", f"Give one of {', '.join(CHANNELS)}.", field="channel")
    fine, values = _stamps(timestamps), np.asarray(kwh, np.float64)
    if fine.shape != values.shape or fine.ndim != 1:
        msg = f"{fine.shape} timestamps and {values.shape} readings are not two columns of one length"
        raise ValueError(msg)
    stamps = fine.astype("datetime64[m]")
    standard, offset = _standard(stamps, zone)
    days, slot = day_and_slot(standard, slots)
    off = np.flatnonzero((slot < 0) | (fine != stamps))
    if len(off):
        raise Refused(
            f"{fine[off[0]]} does not begin an interval of {24 * 60 // slots} minutes",
            "Give the right number of slots.", row=int(off[0]) + 1, field="timestamps",
        )  # fmt: skip
    wh = to_wh(values, 1000)
    unique, row = np.unique(days, return_inverse=True)
    flat = row.astype(np.int64) * slots + slot
    order = np.argsort(flat, kind="stable")
    twice = np.flatnonzero(flat[order][1:] == flat[order][:-1])
    if len(twice):
        at = int(order[twice[0] + 1])
        raise Refused(
            f"{stamps[at]} stands there twice", "Keep one reading an interval.", row=at + 1, field="timestamps"
        )
    matrix = np.zeros((len(unique), slots), np.int32)
    valid = np.zeros((len(unique), slots), bool)
    matrix[row, slot] = wh
    valid[row, slot] = ~np.isnan(values)
    table = from_matrix([point] * len(unique), unique, matrix, valid, channel=channel)
    return with_zone(table, zone, offset)


def _stamps(timestamps: Sequence[Any] | npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    """Stamps as datetime64[us]; one that says how far from UTC it is would be shifted in silence, and is refused."""
    dtype_zone = getattr(getattr(timestamps, "dtype", None), "tz", None)
    raw = np.asarray(timestamps)
    aware = (
        [dtype_zone is not None] if raw.dtype != object else [getattr(s, "tzinfo", None) is not None for s in raw.flat]
    )
    if any(aware) or dtype_zone is not None:
        raise Refused(
            "a stamp carries an offset", "Give stamps of the zone's local clock, without offset.",
            row=aware.index(True) + 1 if any(aware) else 1, field="timestamps",
        )  # fmt: skip
    fine = np.asarray(raw, "datetime64[us]")
    gone = np.flatnonzero(np.isnat(fine))
    if len(gone):
        raise Refused("there is no stamp", "Leave the reading out.", row=int(gone[0]) + 1, field="timestamps")
    return fine


def _standard(stamps: npt.NDArray[np.datetime64], zone: str | None) -> tuple[npt.NDArray[np.datetime64], int]:
    if zone is None:
        return stamps, 0
    utc, state = zones.local_to_utc(stamps, zone)
    for code, (what, mend) in AMISS.items():
        where = np.flatnonzero(state == code)
        if len(where):
            at = int(where[0])
            raise Refused(f"{stamps[at]} in {zone} {what}", mend, row=at + 1, field="timestamps")
    offset = zones.standard_offset(zone)
    return utc + np.timedelta64(offset, "m"), offset


def day_and_slot(
    standard: npt.NDArray[np.datetime64], slots: int
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.int64]]:
    """Day and slot of each stamp in standard time; slot -1 where the stamp begins no interval."""
    days = standard.astype("datetime64[D]")
    minute = (standard - days).astype(np.int64)
    step = 24 * 60 // slots
    slot = np.where(minute % step == 0, minute // step, -1)
    return days, slot


def to_wh(values: npt.NDArray[np.float64], factor: float) -> npt.NDArray[np.int32]:
    """Readings in Wh, rounded half up (away from zero); NaN becomes 0.

    Args:
        values: what was read.
        factor: Wh per unit of it.

    Raises:
        Refused: where a reading passes what a slot can hold (2.1 GWh).
    """
    scaled = np.nan_to_num(values * factor, posinf=np.inf, neginf=-np.inf)
    # Decimal text has come through binary: what lies within a few units in the last place of a half is that half.
    scaled *= 1 + 2.0**-50
    rounded = np.trunc(scaled + np.copysign(0.5, scaled))
    if rounded.size and max(rounded.max(), -rounded.min()) > WH_LIMIT:
        at = int(np.argmax(np.abs(rounded)))
        raise Refused(f"{values[at]} is more than one interval can hold", "Check the unit.", row=at + 1, field="kwh")
    return rounded.astype(np.int32)
