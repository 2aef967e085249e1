"""Adds up a month's readings by part, day type and slot, some points at a time, into a folder of `DaySums`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import Agreements
from wattloop.library.rating.agreements.periods import bill_periods, next_month
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.comparison.day_sums import SUMS, DaySums, Writing
from wattloop.library.rating.measuring import engine
from wattloop.library.rating.measuring.patterns import local_time
from wattloop.library.rating.measuring.plan import Plan
from wattloop.library.rating.measuring.some_readings import SomeReadings
from wattloop.library.rating.measuring.sources import Source, source_of
from wattloop.library.rating.run import Job
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.day_rules import DayType, day_types

CELLS = 2**23  # sums held at a time, 64 MiB
NO_INTERVALS = "no readings by interval"
CHANGES = "its terms or points change inside the month"
TAKEN_OUT = "more is taken out of a meter than it counted"

Progress = Callable[[int, int], None]


def sum_month(
    readings: Lake | Snapshot | pa.Table,
    tariffs: list[Tariff],
    tariff: str,
    month: dt.date,
    agreements: Agreements,
    folder: Path,
    *,
    progress: Progress | None = None,
    threads: int | None = None,
) -> None:
    """Write the sums of all that agreements use under a tariff in a month.

    Args:
        readings: as for `run`.
        tariffs: those that agreements name, in all versions in force in the month.
        tariff: the id of the one whose hours are to be re-assigned.
        month: its first day.
        agreements: whom they are of; parts priced by another tariff are not asked about.
        folder: where `open_sums` then finds them; written whole or not at all.
        progress: told how many of how many parts are done.

    Raises:
        Refused: as `run`; where the tariff has several versions in the month, or nobody has it.
    """
    end = next_month(month)
    version = _version(tariffs, tariff, month, end)
    con = engine.duckdb(threads=threads)
    try:
        source = source_of(readings)
        job = Job.of(source, tariffs, agreements, bill_periods(month, end, "month"), con)
        asked = _asked(job, tariff)
        if not asked.parts:
            raise Refused(f"nobody's use under {tariff} is known by interval in {month:%Y-%m}", "Choose another month.")
        types = day_types(version, month, end)
        with Writing(folder) as made:
            _Summing(source, version, types, asked, con).write(made, progress).save(made)
    finally:
        con.disconnect()


def _version(tariffs: list[Tariff], tariff: str, month: dt.date, end: dt.date) -> Tariff:
    """The one version that is in force all month."""
    last = end - dt.timedelta(days=1)
    mine = [one for one in tariffs if one.id == tariff]
    held = [one for one in mine if (one.valid_from or month) <= last and (one.valid_to or last) >= month]
    # A version without an end ends where a later one begins.
    found = [one for one in held if (one.valid_from or month) <= month] or held
    found = found[-1:] if len(held) == len(found) else held
    if not found:
        raise Refused(f"{tariff} is not in force in {month:%Y-%m}", "Choose a month in which it is.")
    if len(found) > 1 or (found[0].valid_from or month) > month or (found[0].valid_to or last) < last:
        starts = " and ".join(str(one.valid_from) for one in held if one.valid_from and one.valid_from > month)
        raise Refused(f"{tariff} changes inside {month:%Y-%m} ({starts or found[0].valid_to})", "Choose another month.")
    return found[0]


@dataclass(eq=False)
class _Asked:
    """The parts to sum, each with its legs: `part` numbers them from 0 in the order of their first points."""

    names: pa.Array
    kind: npt.NDArray[np.int32]
    classes: pa.Array
    kinds: list[Any]
    part: Whole
    point: pa.Array
    sign: Whole
    way: Whole
    left_out: dict[str, int]
    parts: int = field(init=False)

    def __post_init__(self) -> None:
        self.parts = len(self.names)


def _asked(job: Job, tariff: str) -> _Asked:
    """Parts under the tariff from the month's first day to its last, on intervals alone, and why others are not."""
    versions = job.agreements.versions
    first = np.full(len(job.agreements.names), (job.wanted[0].start - EPOCH).days, np.int64)
    version_of = versions.at(np.arange(len(first)), first)
    names, numbers, parts, points, signs, ways = [], [], [], [], [], []
    left_out: dict[str, int] = {}
    count = 0
    for plan in job.plans():
        fits, changes = _under(plan, tariff)
        legs = plan.parts.legs
        by_interval = np.ones(len(fits), bool)
        by_interval[legs.part[plan.slots_of <= 0]] = False
        fits &= version_of[plan.parts.agreement] >= 0
        for why, rows in ((CHANGES, changes), (NO_INTERVALS, fits & ~by_interval)):
            if rows.any():
                left_out[why] = left_out.get(why, 0) + len(np.unique(plan.parts.agreement[rows]))
        chosen = fits & by_interval
        place = np.cumsum(chosen) - 1 + count
        mine = chosen[legs.part]
        names.append(plan.names.filter(pa.array(chosen)))
        numbers.append(plan.parts.agreement[chosen])
        parts.append(place[legs.part[mine]])
        points.append(legs.point.filter(pa.array(mine)))
        signs.append(legs.sign[mine])
        ways.append(plan.slots_of[mine])
        count += int(chosen.sum())
    if not count:
        none, nobody = np.empty(0, np.int64), pa.array([], pa.string())
        return _Asked(nobody, none.astype(np.int32), nobody, [], none, nobody, none, none, left_out)
    part, point = np.concatenate(parts), pa.concat_arrays(points)
    agreement = np.concatenate(numbers)
    kind = versions.kind[version_of[agreement]]
    words = pa.array([str(one.get("class", "")) for one in versions.kinds], pa.string())
    # In the order of their points, which is that of the lake.
    rank = np.empty(len(point), np.int64)
    rank[np.asarray(pc.array_sort_indices(point))] = np.arange(len(point))
    first_point = np.full(count, len(point), np.int64)
    np.minimum.at(first_point, part, rank)
    by_agreement = np.full(len(first), len(point), np.int64)
    np.minimum.at(by_agreement, agreement, first_point)
    order = np.lexsort((first_point, by_agreement[agreement]))
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    taken = pa.array(order)
    legs_in_order = np.argsort(place[part], kind="stable")
    return _Asked(
        names=pa.concat_arrays(names).take(taken),
        kind=kind[order].astype(np.int32),
        classes=words.take(pa.array(kind[order])),
        kinds=list(versions.kinds),
        part=place[part][legs_in_order],
        point=point.take(pa.array(legs_in_order)),
        sign=np.concatenate(signs)[legs_in_order],
        way=np.concatenate(ways)[legs_in_order],
        left_out=left_out,
    )


def _under(plan: Plan, tariff: str) -> tuple[Mask, Mask]:
    """bool[parts]: those under the tariff all month in one piece; those under it for some of it, or in pieces."""
    whole, some = np.zeros(len(plan.schedules), bool), np.zeros(len(plan.schedules), bool)
    for number, schedule in enumerate(plan.schedules):
        wanted = [(piece, plan.variants[variant].id == tariff) for piece, variant in schedule if piece.wanted]
        some[number] = any(mine for _, mine in wanted)
        whole[number] = some[number] and len(wanted) == 1 and wanted[0][0].days == wanted[0][0].month_days
    fits = whole[plan.schedule_of] & ~plan.parts.dated
    return fits, some[plan.schedule_of] & ~fits


class _Summing:
    def __init__(self, source: Source, tariff: Tariff, types: list[DayType], asked: _Asked, con: Any) -> None:
        self.source, self.tariff, self.types, self.asked, self.con = source, tariff, types, asked, con
        self.slots = math.gcd(*np.unique(asked.way).tolist())

    def write(self, folder: Path, progress: Progress | None) -> DaySums:
        """The sums, `running` written into the folder."""
        asked, width = self.asked, len(self.types) * (self.slots + 1)
        shape = (len(self.types), self.slots + 1, asked.parts)
        running = np.lib.format.open_memmap(folder / SUMS, mode="w+", dtype=np.int64, shape=shape)
        kept = np.zeros(asked.parts, bool)
        negative = np.zeros(asked.parts, bool)
        step = max(1, CELLS // width)
        for low in range(0, asked.parts, step):
            high = min(low + step, asked.parts)
            sums, there = self._sums(low, high)
            negative[low:high] = (sums < 0).any(axis=(0, 1))
            kept[low:high] = there & ~negative[low:high]
            running[:, 1:, low:high] = np.cumsum(sums, axis=1)
            if progress is not None:
                progress(high, asked.parts)
        running.flush()
        return self._kept(folder, running, kept, negative)

    def _kept(self, folder: Path, running: Any, kept: Mask, negative: Mask) -> DaySums:
        """Without the parts that have no readings, or less than nothing."""
        asked, left_out = self.asked, dict(self.asked.left_out)
        for why, rows in ((NO_INTERVALS, ~kept & ~negative), (TAKEN_OUT, negative)):
            if rows.any():
                left_out[why] = left_out.get(why, 0) + int(rows.sum())
        if not kept.any():
            raise Refused(f"there are no readings of {self.types[0].days[0]:%Y-%m}", "Choose another month.")
        chosen = np.flatnonzero(kept)
        if len(chosen) < len(kept):
            made = np.lib.format.open_memmap(
                folder / "kept.npy", mode="w+", dtype=np.int64, shape=(*running.shape[:2], len(chosen))
            )
            for at in np.ndindex(*running.shape[:2]):
                made[at] = running[at][chosen]
            made.flush()
            (folder / "kept.npy").replace(folder / SUMS)
            running = made
        taken = pa.array(chosen)
        first, last = min(one.days[0] for one in self.types), max(one.days[-1] for one in self.types)
        return DaySums(
            self.tariff.id, first, last + dt.timedelta(days=1), self.types, running, asked.names.take(taken),
            asked.classes.take(taken), asked.kind[chosen], asked.kinds, left_out, self.source.version,
        )  # fmt: skip

    def _sums(self, low: int, high: int) -> tuple[Whole, Mask]:
        """int64[types, slots, parts] of the parts from `low` up to `high`, and whether each has any readings."""
        asked = self.asked
        legs = slice(*np.searchsorted(asked.part, [low, high]).tolist())
        sums = np.zeros((len(self.types), self.slots, high - low), np.int64)
        there = np.zeros(high - low, bool)
        for slots in np.unique(asked.way[legs]).tolist():
            mine = np.flatnonzero(asked.way[legs] == slots) + legs.start
            points = pc.unique(asked.point.take(pa.array(mine)))
            points = points.take(pc.array_sort_indices(points))
            of_points, read = self._of_points(slots, points)
            at = np.asarray(pc.index_in(asked.point.take(pa.array(mine)), points))
            part, sign = asked.part[mine] - low, asked.sign[mine]
            there[part[read[at]]] = True
            if len(part) == len(np.unique(part)) and (sign == 1).all():
                sums[:, :, part] += of_points[:, :, at]
            else:
                by_leg = of_points[:, :, at].transpose(2, 0, 1) * sign[:, None, None]
                np.add.at(sums.transpose(2, 0, 1), part, by_leg)
        return sums, there

    def _of_points(self, slots: int, points: pa.Array) -> tuple[Whole, Mask]:
        """int64[types, self.slots, points], and whether a point has any readings."""
        days, known, of_class = self._classes(slots)
        source = SomeReadings(self.source, points)
        first, last = (day.astype(object) for day in (days[0], days[-1]))
        rows, con = source.rows(self.con, slots, first, last), self.con
        date = pa.array(days).cast(pa.date32())
        day_of = engine.hand_over(con, pa.table({"day": date, "class": pa.array(known)}))
        number = pa.array(np.arange(len(points), dtype=np.int32))
        asked = engine.hand_over(con, pa.table({"point": points, "number": number}))
        columns = ", ".join(f"sum({name})::BIGINT AS s{at}" for at, name in enumerate(slot_names(slots)))
        found = con.con.sql(
            f"SELECT number, class, {columns} FROM ({con.compile(rows)}) r JOIN {asked.get_name()} USING (point)"
            f" JOIN {day_of.get_name()} USING (day) GROUP BY number, class"
        ).to_arrow_table()
        sums = np.zeros((len(self.types), self.slots, len(points)), np.int64)
        number, which = found["number"].to_numpy(), found["class"].to_numpy()
        there = np.zeros(len(points), bool)
        for kind, codes in enumerate(of_class):
            mine = np.flatnonzero(which == kind)
            at = number[mine]
            there[at] = True
            for slot, code in enumerate(codes.tolist()):
                if code >= 0:  # a point is in a class once, so that nothing is added twice
                    day_type, local = divmod(code, self.slots)
                    sums[day_type, local, at] += found[f"s{slot}"].to_numpy()[mine]
        return sums, there

    def _classes(self, slots: int) -> tuple[npt.NDArray[np.datetime64], Whole, npt.NDArray[np.int64]]:
        """The readings' days, the class of each, and int64[classes, slots]: where each slot of a class belongs.

        That is day type × slots + slot of the local clock; -1 outside the month. Days on which the clock
        changes, or that lie on the month's edge where it stands off from the readings', are of classes of their own.
        """
        type_of = {day: number for number, one in enumerate(self.types) for day in one.days}
        local_days = sorted(type_of)
        edge = np.timedelta64(0 if self.tariff.calendar.zone is None else 1, "D")
        days = np.arange(np.datetime64(local_days[0]) - edge, np.datetime64(local_days[-1]) + edge + 1)
        minutes = 24 * 60 // slots
        stamps = days.astype("datetime64[m]")[:, None] + np.arange(0, 24 * 60, minutes).astype("timedelta64[m]")
        local = local_time(stamps.ravel(), self.tariff.calendar.zone, self.source.zone, self.source.offset)
        day = local.astype("datetime64[D]")
        minute = ((local - day) // np.timedelta64(1, "m")).astype(np.int64)
        if (minute % minutes).any():
            raise Refused(f"readings of {minutes} minutes do not fit the clock of {self.tariff.calendar.zone}")
        at = (day - np.datetime64(local_days[0])).astype(np.int64)
        numbers = np.array([type_of[one] for one in local_days], np.int64)
        inside = (at >= 0) & (at < len(numbers))
        code = numbers[np.clip(at, 0, len(numbers) - 1)] * self.slots + minute * self.slots // (24 * 60)
        codes = np.where(inside, code, -1).reshape(len(days), slots)
        used = (codes >= 0).any(axis=1)
        of_class, known = np.unique(codes[used], axis=0, return_inverse=True)
        return days[used], known.reshape(-1).astype(np.int64), of_class
