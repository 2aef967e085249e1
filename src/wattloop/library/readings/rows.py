"""A plain series of readings → day-rows, without a lake: for a notebook, a what-if, a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity import zones
from wattloop.library.quantity.dayrows import ACTIVE_IN, from_matrix, slot_names, with_zone
from wattloop.library.quantity.refusal import Refused

WH_LIMIT = 2**31 - 1


def day_rows(
    timestamps: Sequence[Any] | npt.NDArray[Any],
    kwh: Sequence[float] | npt.NDArray[Any],
    *,
    point: str,
    slots: int,
    zone: str | None = None,
    channel: str = ACTIVE_IN,
) -> pa.Table:
    """Day-rows of one point.

    Args:
        timestamps: starts of the intervals, on the local clock of `zone` (naive datetimes or
            datetime64); in an hour the clock shows twice, the first of two equal stamps is the earlier.
        kwh: energy of each interval; rounded half up to the watt-hour. NaN is a missing reading.
        point: the point's name.
        slots: slots per day: 24, 48, 96, 144 or 288.
        zone: IANA zone of the local clock; None where the stamps are standard time already.
        channel: the channel.

    Returns:
        Raw day-rows, sorted by day, null where nothing was read, with the zone in the schema's metadata.

    Raises:
        Refused: for stamps off the grid, given twice, or never shown by the clock, and readings too large.
        ValueError: where the two lengths differ.
    """
    slot_names(slots)
    stamps = np.asarray(timestamps, "datetime64[m]")
    fine = np.asarray(timestamps, "datetime64[us]")
    values = np.asarray(kwh, np.float64)
    if stamps.shape != values.shape or stamps.ndim != 1:
        msg = f"{stamps.shape} timestamps and {values.shape} readings are not two columns of one length"
        raise ValueError(msg)
    standard, offset = _standard(stamps, zone)
    days, slot = day_and_slot(standard, slots)
    off = (slot < 0) | (fine != stamps)
    if off.any():
        at = int(np.flatnonzero(off)[0])
        raise Refused(
            f"{fine[at]} does not begin an interval of {24 * 60 // slots} minutes", "Give the right number of slots.",
            row=at + 1,
        )
    wh = to_wh(values, 1000)
    unique, row = np.unique(days, return_inverse=True)
    flat = row.astype(np.int64) * slots + slot
    order = np.argsort(flat, kind="stable")
    twice = np.flatnonzero(flat[order][1:] == flat[order][:-1])
    if len(twice):
        at = int(order[twice[0] + 1])
        raise Refused(f"{stamps[at]} stands there twice", "Keep one reading an interval.", row=at + 1)
    matrix = np.zeros((len(unique), slots), np.int32)
    valid = np.zeros((len(unique), slots), bool)
    have = ~np.isnan(values)
    matrix[row[have], slot[have]] = wh[have]
    valid[row[have], slot[have]] = True
    table = from_matrix([point] * len(unique), unique, matrix, valid, channel=channel)
    return with_zone(table, zone, offset)


def _standard(stamps: npt.NDArray[np.datetime64], zone: str | None) -> tuple[npt.NDArray[np.datetime64], int]:
    if zone is None:
        return stamps, 0
    utc, state = zones.local_to_utc(stamps, zone)
    refuse_stamps(stamps, state, zone)
    offset = zones.standard_offset(zone)
    return utc + np.timedelta64(offset, "m"), offset


def refuse_stamps(
    stamps: npt.NDArray[np.datetime64], state: npt.NDArray[np.int8], zone: str, *, file: str | None = None, first_row: int = 1
) -> None:
    """Refuse stamps that `zones.local_to_utc` could not place."""
    for code, what, mend in (
        (1, "does not exist: the clock is put forward over it", "Check the zone, or give stamps with their offset."),
        (2, "is shown twice on the day the clock is put back, and stands there once", "Give stamps with their offset."),
        (3, "stands there more than the two times the clock shows it", "Keep one reading an interval."),
    ):
        if (state == code).any():
            at = int(np.flatnonzero(state == code)[0])
            raise Refused(f"{stamps[at]} in {zone} {what}", mend, file=file, row=first_row + at)


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
    if scaled.size and np.abs(scaled).max() > WH_LIMIT:
        at = int(np.argmax(np.abs(scaled)))
        raise Refused(f"{values[at]} is more than one interval can hold", "Check the unit.", row=at + 1)
    # A hair below one half is meant as one half: 0.0005 kWh in binary is 0.49999… Wh.
    return np.trunc(scaled + np.copysign(0.5 + 1e-7, scaled)).astype(np.int32)
