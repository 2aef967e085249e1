"""From a tariff's local calendar to the slots of standard-time day-rows.

Under clock changes a standard-time day holds an hour of its neighbour's local
day, sometimes of its neighbour's month. So every slot is asked for its own local
day and step; a day that holds slots of two bills appears once for each, with the
other bill's slots masked out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity import zones
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.tariffs.compiled import MINUTES_PER_STEP, STEPS_PER_DAY, Calendar

MASKED = -1


@dataclass(frozen=True, eq=False)
class SlotPatterns:
    """What one calendar makes of the lake's days.

    Args:
        days: int32[k], days since 1970-01-01 in standard time.
        bills: int32[k], the bill period each entry belongs to.
        patterns: int16[k, slots], period index per slot, MASKED where the slot
            belongs to another bill.
    """

    days: npt.NDArray[np.int32]
    bills: npt.NDArray[np.int32]
    patterns: npt.NDArray[np.int16]


def slot_patterns(
    calendar: Calendar, periods: list[BillPeriod], slots: int, *, zone: str | None, offset: int, tariff: str = "tariff"
) -> SlotPatterns:
    """Decide the time-of-use period and the bill of every slot that the bill periods touch.

    Args:
        calendar: the tariff's compiled calendar.
        periods: adjoining bill periods in local days.
        slots: slots per day of the readings.
        zone: the zone of the readings' standard time; None where the lake names none, which
            then is taken to be the standard time of the tariff's own zone.
        offset: minutes of that standard time east of UTC; ignored without a zone.
        tariff: name used in a refusal.

    Raises:
        Refused: where a period boundary falls inside a slot, or the calendar does not reach.
    """
    first, end = periods[0].start, periods[-1].end
    if first < calendar.first_day or end - dt.timedelta(days=1) > calendar.last_day:
        late = end - dt.timedelta(days=1) > calendar.last_day and calendar.limit is not None
        raise Refused(
            f"the calendar of tariff {tariff} is decided from {calendar.first_day} to {calendar.last_day}, "
            f"not on all of {first} to {end}" + (f": {calendar.limit}" if late else ""),
            "Give the days that are not known yet." if late else "Check valid_from and valid_to.",
        )
    reach = 0 if calendar.zone is None else 1
    days = np.arange(np.datetime64(first) - reach, np.datetime64(end) + reach)
    steps = np.arange(STEPS_PER_DAY, dtype="timedelta64[m]") * MINUTES_PER_STEP
    standard = (days.astype("datetime64[m]")[:, None] + steps[None, :]).ravel()
    local = local_time(standard, calendar.zone, zone, offset)
    local_day = local.astype("datetime64[D]")
    step = ((local - local_day) // np.timedelta64(MINUTES_PER_STEP, "m")).astype(np.int64)

    edges = np.array([np.datetime64(p.start) for p in periods] + [np.datetime64(end)])
    which = np.searchsorted(edges, local_day, side="right") - 1
    inside = (which >= 0) & (which < len(periods))
    index = np.clip((local_day - np.datetime64(calendar.first_day)).astype(int), 0, len(calendar.pattern_of_day) - 1)
    period = np.where(inside, calendar.patterns[calendar.pattern_of_day[index], step], MASKED).astype(np.int16)
    bill = np.where(inside, which, MASKED).astype(np.int32)

    per_slot = STEPS_PER_DAY // slots
    period, bill = period.reshape(len(days), slots, per_slot), bill.reshape(len(days), slots, per_slot)
    _refuse_split_slots(period, bill, days, slots, calendar, tariff)
    return _one_entry_per_bill(days, bill[:, :, 0], period[:, :, 0])


def local_time(
    standard: npt.NDArray[np.datetime64], tariff_zone: str | None, zone: str | None, offset: int
) -> npt.NDArray[np.datetime64]:
    """Moments of the readings' standard time on the clock of a tariff; zones as for `slot_patterns`."""
    if tariff_zone is None:
        return standard
    east = offset if zone is not None else zones.standard_offset(tariff_zone)
    return zones.utc_to_local(standard - np.timedelta64(east, "m"), tariff_zone)


def _refuse_split_slots(
    period: npt.NDArray[np.int16],
    bill: npt.NDArray[np.int32],
    days: npt.NDArray[np.datetime64],
    slots: int,
    calendar: Calendar,
    tariff: str,
) -> None:
    split = (period != period[:, :, :1]).any(axis=2) | (bill != bill[:, :, :1]).any(axis=2)
    if not split.any():
        return
    day, slot = np.argwhere(split)[0]
    names = [calendar.periods[int(p)] for p in dict.fromkeys(period[day, slot].tolist()) if p != MASKED]
    minutes = 24 * 60 // slots
    raise Refused(
        f"tariff {tariff} changes from {' to '.join(names)} inside a reading: rows of {minutes} minutes are too coarse "
        f"({days[day]}, slot {slot})",
        "Rate finer readings, or move the period's boundary.",
    )


def _one_entry_per_bill(
    days: npt.NDArray[np.datetime64], bill: npt.NDArray[np.int32], period: npt.NDArray[np.int16]
) -> SlotPatterns:
    found_days, found_bills, found = [], [], []
    number = days.astype("datetime64[D]").astype(np.int32)
    for which in np.unique(bill[bill != MASKED]):
        has = (bill == which).any(axis=1)
        found_days.append(number[has])
        found_bills.append(np.full(int(has.sum()), which, np.int32))
        found.append(np.where(bill[has] == which, period[has], np.int16(MASKED)))
    if not found:
        return SlotPatterns(np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, bill.shape[1]), np.int16))
    return SlotPatterns(np.concatenate(found_days), np.concatenate(found_bills), np.concatenate(found))
