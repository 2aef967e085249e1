"""What each point counted, segment by segment: how many readings, how many estimated, when its maxima were.

Energy and maxima are the run's own; the points' readings are looked at once more for what a
run does not keep: the moment of each maximum and the slots that were estimated.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.quantity import zones
from wattloop.library.quantity.dayrows import ACTIVE_IN, slot_names
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.charges.bills import EMPTY
from wattloop.library.rating.explanation.grounds import calendars_of
from wattloop.library.rating.explanation.registers import agreed, by_register, thousandth
from wattloop.library.rating.measuring.determined import Determined, Scans
from wattloop.library.rating.measuring.intervals import Measured
from wattloop.library.rating.measuring.patterns import MASKED, SlotPatterns
from wattloop.library.rating.measuring.plan import Plan, Scan, demand_calendars
from wattloop.library.rating.measuring.power import counted_power, first_part
from wattloop.library.rating.measuring.registers import RegisterScan
from wattloop.library.readings.estimation import marked
from wattloop.library.tariffs.compiled import Calendar, Tariff


def measured_of(plan: Plan, found: Determined, scans: Scans, con: Any, rows: Whole) -> list[dict[str, Any]]:
    """What the points of some rows of the determinants counted.

    Args:
        plan: of the one agreement.
        found: the determinants of its parts.
        scans: what was measured of its legs.
        rows: int64[k], which of `found`.

    Returns:
        A mapping for each point and segment: `part, point, sign, start, end, source`, `energy` in
        kWh by period, and `demand`, each with the local moment `at` which its maximum began. Of
        intervals also `minutes, readings, expected, estimated` (None where a table of readings
        does not tell), of registers `readings` and `expected` in days, and `registers` with
        their last, this and multiplier. Energy that a contract fixes has the source "contract".
        Where a power factor is charged, `power` has kWh and kvarh and the parts whose factor it is.
    """
    used = {(int(found.number[row]), int(found.bill[row])) for row in rows.tolist()}
    told: list[dict[str, Any]] = []
    power = _power(plan, scans, con)
    for scan, measured in scans:
        legs = scan.legs[measured.number]
        keys = zip(plan.parts.legs.part[legs].tolist(), measured.bill.tolist(), strict=True)
        own = [row for row, key in enumerate(keys) if key in used]
        if isinstance(scan, RegisterScan):
            made = [by_register(scan, measured, row) for row in own]
        elif own:
            looked = _Looked(scan, con)
            made = [_told(plan, scan, measured, row, looked) for row in own]
        else:
            continue
        for leg, row in zip(made, own, strict=True):
            weighed = power.get((int(legs[row]), int(measured.bill[row])))
            told.append(leg if weighed is None else leg | {"power": weighed})
    told += agreed(plan, found, rows, told)
    return sorted(told, key=lambda one: (one["part"], one["start"], -one["sign"], one["point"]))


def _power(plan: Plan, scans: Scans, con: Any) -> dict[tuple[int, int], dict[str, Any]]:
    """By leg and piece, kWh and kvarh that weigh in a power factor, with the parts whose factor it is."""
    if not any(tariff.power_factor is not None for tariff in plan.variants):
        return {}
    counted: dict[tuple[int, int], list[int]] = {}
    for channel, legs, pieces, energy in counted_power(plan, scans, con):
        for leg, piece, value in zip(legs.tolist(), pieces.tolist(), energy.tolist(), strict=True):
            both = counted.setdefault((leg, piece), [0, 0])
            both[channel != ACTIVE_IN] += value
    first, found = first_part(plan), {}
    for (leg, piece), (active, reactive) in counted.items():
        parts = np.flatnonzero(first == plan.parts.legs.part[leg]).tolist()
        if parts:
            told = {"active": thousandth(active), "reactive": thousandth(reactive), "parts": parts}
            found[leg, piece] = told
    return found


def _told(plan: Plan, scan: Scan, measured: Measured, row: int, looked: _Looked) -> dict[str, Any]:
    leg, piece = int(measured.number[row]), int(measured.bill[row])
    whole = int(scan.legs[leg])
    period = plan.periods[piece]
    schedule = int(scan.schedule_of[leg])
    tariff = plan.variants[next(v for p, v in scan.schedules[schedule] if p == period)]
    names = tariff.calendar.periods
    return {
        "part": int(plan.parts.legs.part[whole]),
        "point": scan.points[leg].as_py(),
        "sign": int(plan.parts.legs.sign[whole]),
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "source": "intervals",
        "minutes": 1440 // scan.slots,
        "readings": int(measured.slots[row]),
        "expected": int(measured.expected[row]),
        "estimated": looked.estimated(leg, piece, scan.patterns[schedule]),
        "energy": {n: thousandth(wh) for n, wh in zip(names, measured.energy[row].tolist(), strict=False)},
        "demand": _demand(plan, scan, measured, row, tariff, looked),
    }


def _demand(
    plan: Plan, scan: Scan, measured: Measured, row: int, tariff: Tariff, looked: _Looked
) -> list[dict[str, Any]]:
    leg, piece = int(measured.number[row]), int(measured.bill[row])
    local, found = calendars_of(tariff), []
    beside = [plan.variants[v] for _, v in scan.schedules[int(scan.schedule_of[leg])]]
    for (number, block), maxima in measured.demand.items():
        length = scan.block_of(block)
        listed = scan.calendars(tariff, length)
        if number not in listed or not any(demand_calendars(plan, other, block) for other in beside):
            continue
        calendar = plan.calendars.list[number][0]
        watts = maxima[row, : len(calendar.periods)].tolist()
        patterns = scan.demand_patterns(int(scan.schedule_of[leg]), length, listed.index(number))
        place = next(at for key, at in local.of.items() if plan.calendars.of[key] == number)
        found.append(
            {
                "calendar": place,
                "block": block,
                "minutes": block or 1440 // scan.slots,
                "kW": {n: None if w == EMPTY else thousandth(w) for n, w in zip(calendar.periods, watts, strict=True)},
                "at": {
                    n: looked.moment(leg, piece, patterns, at, block or 1440 // scan.slots, calendar)
                    for at, (n, w) in enumerate(zip(calendar.periods, watts, strict=True))
                    if w != EMPTY
                },
            }
        )
    return sorted(found, key=lambda one: (one["block"], one["calendar"]))


class _Looked:
    """The day-rows of a scan's points, looked at once."""

    def __init__(self, scan: Scan, con: Any) -> None:
        self.scan = scan
        names = list(slot_names(scan.slots))
        table = scan.rows(con, scan.reckoning).select("point", "day", *names).to_pyarrow()
        self.point, self.day = table["point"], _days(table)
        self.values = np.stack([table[n].to_numpy() for n in names], axis=1).astype(np.int64)
        self.marks = self._marks(con)

    def _marks(self, con: Any) -> tuple[pa.ChunkedArray, Whole, Mask] | None:
        """The slots estimated, by point and day; None where the readings do not say."""
        snapshot = getattr(self.scan.plan.source, "snapshot", None)
        if not isinstance(snapshot, Snapshot) or not len(self.day):
            return None
        first, last = (EPOCH + dt.timedelta(days=int(d)) for d in (self.day.min(), self.day.max()))
        rows = snapshot.day_rows(con, self.scan.slots, first_day=first, last_day=last, quality=True)
        rows = rows.filter(rows.point.isin(self.scan.points.to_pylist()))
        table = rows.select("point", "day", "estimated").to_pyarrow()
        return table["point"], _days(table), marked(table["estimated"].combine_chunks(), self.scan.slots)

    def estimated(self, leg: int, piece: int, patterns: SlotPatterns) -> int | None:
        """How many readings of a point in a piece were estimated."""
        if self.marks is None:
            return None
        points, days, slots = self.marks
        mine = _equal(points, self.scan.points[leg])
        return int((slots[mine] & (_placed(patterns, piece, days[mine]) != MASKED)).sum())

    def moment(
        self, leg: int, piece: int, patterns: SlotPatterns, period: int, minutes: int, calendar: Calendar
    ) -> str:
        """The local moment at which a point's first highest block of a period began."""
        mine = _equal(self.point, self.scan.points[leg])
        days, values = self.day[mine], self.values[mine]
        order = np.argsort(days)
        days, values = days[order], values[order]
        merge = minutes * self.scan.slots // 1440
        blocks = values.reshape(len(days), -1, merge).sum(axis=2)
        inside = (_placed(patterns, piece, days) == period).reshape(len(days), -1, merge).all(axis=2)
        at = int(np.argmax(np.where(inside, blocks, np.iinfo(np.int64).min)))
        day, block = divmod(at, blocks.shape[1])
        standard = np.datetime64(int(days[day]), "D").astype("datetime64[m]") + block * minutes
        return str(self._local(standard, calendar))

    def _local(self, standard: np.datetime64, calendar: Calendar) -> np.datetime64:
        source = self.scan.plan.source
        if calendar.zone is None:
            return standard
        east = source.offset if source.zone is not None else zones.standard_offset(calendar.zone)
        local = zones.utc_to_local(np.array([standard - np.timedelta64(east, "m")]), calendar.zone)
        return local.astype("datetime64[m]")[0]  # type: ignore[no-any-return]


def _placed(patterns: SlotPatterns, piece: int, days: Whole) -> npt.NDArray[np.int16]:
    """int16[days, slots]: the period of each slot in a piece; MASKED outside of it."""
    mine = patterns.bills == piece
    order = np.argsort(patterns.days[mine])
    known, made = patterns.days[mine][order], patterns.patterns[mine][order]
    found = np.full((len(days), patterns.patterns.shape[1]), MASKED, np.int16)
    at = np.minimum(np.searchsorted(known, days), max(len(known) - 1, 0))
    there = known[at] == days if len(known) else np.zeros(len(days), bool)
    found[there] = made[at[there]]
    return found


def _days(table: pa.Table) -> Whole:
    return np.asarray(table["day"].cast(pa.int32())).astype(np.int64)


def _equal(column: pa.ChunkedArray, value: Any) -> Mask:
    import pyarrow.compute as pc

    return np.asarray(pc.equal(column, value), np.bool_)
