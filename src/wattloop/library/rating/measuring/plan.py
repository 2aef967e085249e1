"""What a run asks of the readings: the parts to bill, and one scan for each way their readings come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.model import Agreements
from wattloop.library.rating.agreements.parts import Parts
from wattloop.library.rating.agreements.periods import BillPeriod, in_force
from wattloop.library.rating.agreements.segments import Schedule
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.charges.demand import calendar_of
from wattloop.library.rating.measuring.calendars import Calendars
from wattloop.library.rating.measuring.patterns import MASKED, SlotPatterns, slot_patterns
from wattloop.library.rating.measuring.reckoning import Reckoning, reckon
from wattloop.library.rating.measuring.sources import Source
from wattloop.library.tariffs.compiled import Calendar, Tariff

NOT_HERE = -1
REGISTERS, CONTRACT = -1, -2
"""Ways a leg's energy comes, beside the slots per day of its intervals."""


@dataclass(eq=False)
class Plan:
    """The parts that are measured and billed together.

    Args:
        source: the readings.
        agreements: whom they are of.
        parts: p parts, those priced alike side by side.
        schedule_of: int64[p], index into `schedules`.
        schedules: the distinct ones.
        variants: the tariffs that schedules number.
        slots_of: int64[l], slots per day of each leg's readings; REGISTERS, CONTRACT below zero.
    """

    source: Source
    agreements: Agreements
    parts: Parts
    schedule_of: Whole
    schedules: list[Schedule]
    variants: list[Tariff]
    slots_of: Whole
    calendars: Calendars = field(default_factory=Calendars)

    def __post_init__(self) -> None:
        self.periods: list[BillPeriod] = sorted(
            {piece for schedule in self.schedules for piece, _ in schedule}, key=lambda p: (p.start, p.end, p.wanted)
        )
        at = {piece: number for number, piece in enumerate(self.periods)}
        self.variant_at = np.full((len(self.schedules), len(self.periods)), NOT_HERE, np.int32)
        for number, schedule in enumerate(self.schedules):
            for piece, variant in schedule:
                self.variant_at[number, at[piece]] = variant
        self.wanted = np.array([p.wanted for p in self.periods], np.bool_)
        self.days_of_pieces = np.array([(p.start - EPOCH).days for p in self.periods], np.int64)
        self.bill_of_pieces = np.array([p.bill for p in self.periods], np.int64)
        for variant in np.unique(self.variant_at[self.variant_at != NOT_HERE]).tolist():
            tariff = self.variants[variant]
            for calendar in (tariff.calendar, *(calendar_of(tariff, charge) for charge in tariff.maxima)):
                self.calendars.number(calendar, tariff.id)

        ids = list(dict.fromkeys(tariff.id for tariff in self.variants))
        self.tariff_of = np.array([ids.index(tariff.id) for tariff in self.variants], np.int64)
        self.only_variant = self._only_variant()
        self.cut = any(self._bills_in(s) < sum(p.wanted for p, _ in s) for s in self.schedules)

    @staticmethod
    def _bills_in(schedule: Schedule) -> int:
        return len({piece.bill for piece, _ in schedule if piece.wanted})

    def _only_variant(self) -> Whole:
        """int64[p]: the variant that prices all of a part; NOT_HERE where several do, or its agreement has parts."""
        found = [{variant for piece, variant in schedule if piece.wanted} for schedule in self.schedules]
        only = np.array([next(iter(v)) if len(v) == 1 else NOT_HERE for v in found], np.int64)[self.schedule_of]
        return np.where(self.several, NOT_HERE, only)

    @cached_property
    def several(self) -> npt.NDArray[np.bool_]:
        """bool[p]: whether a part is one of several of its agreement; they stand side by side."""
        agreement = self.parts.agreement
        found = np.zeros(len(agreement), np.bool_)
        found[1:] = agreement[1:] == agreement[:-1]
        found[:-1] |= agreement[1:] == agreement[:-1]
        return found

    def in_force(self, tariff: Tariff) -> npt.NDArray[np.bool_]:
        """bool[pieces, time-of-use periods]: whether a tariff's period occurs in a piece at all."""
        return in_force(tariff.calendar, self.periods)

    def season_names(self, tariff: Tariff) -> list[str]:
        """The season of a tariff that each piece starts in."""
        calendar = tariff.calendar
        at = np.clip([(p.start - calendar.first_day).days for p in self.periods], 0, len(calendar.season_of_day) - 1)
        return [calendar.seasons[season] for season in calendar.season_of_day[at].tolist()]

    @property
    def source_name(self) -> str:
        """What the parts' energy was measured by, in a word for their lines."""
        ways = {
            "intervals" if way > 0 else {REGISTERS: "registers", CONTRACT: "contract"}[way]
            for way in np.unique(self.slots_of).tolist()
        }
        return " and ".join(sorted(ways))

    @property
    def names(self) -> pa.Array:
        """string[p], the agreements' numbers."""
        return self.parts.names

    @property
    def points(self) -> pa.Array:
        """string[l], the points of all legs."""
        return self.parts.legs.point

    def direct(self, slots: int) -> bool:
        """Whether one scan's legs are the parts themselves, in their order, each an agreement's only one."""
        legs = self.parts.legs
        return bool(
            not self.several.any()
            and len(legs.part) == len(self.parts.agreement)
            and (self.slots_of == slots).all()
            and (legs.sign == 1).all()
            and (legs.part == np.arange(len(legs.part))).all()
        )


@dataclass(eq=False)
class Scan:
    """The legs whose readings have one slot count, and all that one scan of them needs.

    Args:
        plan: what they belong to.
        slots: slots per day.
        legs: int64[k], index into the plan's legs.
    """

    plan: Plan
    slots: int
    legs: Whole

    def __post_init__(self) -> None:
        plan, every = self.plan, self.plan.parts.legs
        schedule_of = plan.schedule_of[every.part[self.legs]]
        self.schedules: list[Schedule] = list(plan.schedules)
        start, end = every.start[self.legs], every.end[self.legs]
        dated = np.flatnonzero(plan.parts.dated[every.part[self.legs]])
        for leg in dated.tolist():
            schedule_of[leg] = self._within(int(schedule_of[leg]), int(start[leg]), int(end[leg]))
        used, renumbered = np.unique(schedule_of, return_inverse=True)
        self.schedules = [self.schedules[i] for i in used.tolist()]
        self.schedule_of = renumbered.reshape(-1).astype(np.int32)
        self.points = every.point if len(self.legs) == len(every.point) else every.point.take(pa.array(self.legs))
        self.patterns = [self._patterns(schedule, lambda tariff: tariff.calendar) for schedule in self.schedules]
        self.width = max(len(c.periods) for c, _ in plan.calendars.list)
        self.reckoning = reckon(self.patterns, self.slots, self.width)

    def _within(self, schedule: int, start: int, end: int) -> int:
        """The pieces of a schedule in which a leg counts, as a schedule of its own."""
        lo, hi = (EPOCH + dt.timedelta(days=d) if abs(d) < 700_000 else None for d in (start, end))
        held = tuple(
            (p, v) for p, v in self.schedules[schedule] if (lo is None or p.start >= lo) and (hi is None or p.end <= hi)
        )
        if held in self.schedules:
            return self.schedules.index(held)
        self.schedules.append(held)
        return len(self.schedules) - 1

    def _patterns(self, schedule: Schedule, chosen: Callable[[Tariff], Calendar | None]) -> SlotPatterns:
        """The slots of a schedule's pieces, each by the calendar that its variant goes by."""
        plan = self.plan
        at = {piece: number for number, piece in enumerate(plan.periods)}
        known = []
        for piece, variant in schedule:
            tariff = plan.variants[variant]
            calendar = chosen(tariff)
            if calendar is not None:
                known.append((piece, plan.calendars.number(calendar, tariff.id)))
        found = []
        for number, pieces in _adjoining(known):
            calendar, name = plan.calendars.list[number]
            made = slot_patterns(
                calendar, pieces, self.slots, zone=plan.source.zone, offset=plan.source.offset, tariff=name
            )
            of_bill = np.array([at[piece] for piece in pieces], np.int32)
            found.append(replace(made, bills=of_bill[made.bills]))
        return _joined(found, self.slots)

    @property
    def due(self) -> Whole:
        """int64[schedules, pieces]: readings that whole coverage amounts to."""
        due = np.zeros((len(self.schedules), len(self.plan.periods)), np.int64)
        for (schedule, at), count in self.reckoning.expected.items():
            due[schedule, at] = count
        return due

    def rows(self, con: object, reckoning: Reckoning, channel: str = ACTIVE_IN) -> ir.Table:
        """The day-rows the reckoning reaches over."""
        first, last = (EPOCH + dt.timedelta(days=d) for d in (reckoning.first_day, reckoning.last_day))
        return self.plan.source.rows(con, self.slots, first, last, channel)

    def who(self, numbers: npt.NDArray[np.int32], schedules: npt.NDArray[np.int32], reckoning: Reckoning) -> pa.Table:
        """Legs with their number and schedule's key, as the scan joins to them."""
        return pa.table(
            {
                "point": self.points if len(numbers) == len(self.points) else self.points.take(pa.array(numbers)),
                "number": pa.array(numbers),
                "base": pa.array(reckoning.key_of(schedules)),
            }
        )

    def block_of(self, minutes: int | None) -> int:
        """A demand block in minutes, 0 where it is one of the readings' own."""
        return 0 if minutes == 24 * 60 // self.slots else minutes or 0

    def calendars(self, tariff: Tariff, block: int) -> list[int]:
        """As `demand_calendars`; of a tariff that bills no demand its own: a bill's maximum may lie in its days."""
        own = [self.plan.calendars.number(tariff.calendar, tariff.id)]
        lengths = dict.fromkeys(charge.block_minutes or 0 for charge in tariff.maxima)
        asked = [b for b in lengths if self.block_of(b) == block]
        return list(dict.fromkeys(n for b in asked for n in demand_calendars(self.plan, tariff, b))) or own

    def demand_patterns(self, schedule: int, block: int, turn: int) -> SlotPatterns:
        """As `patterns`, by the calendar of the demand charges over `block` minutes that has this turn."""

        def chosen(tariff: Tariff) -> Calendar | None:
            listed = self.calendars(tariff, block)
            return self.plan.calendars.list[listed[turn]][0] if turn < len(listed) else None

        return self._patterns(self.schedules[schedule], chosen)

    @property
    def whole_days(self) -> list[SlotPatterns]:
        """As `patterns`, with all periods made one."""
        return [
            replace(p, patterns=np.where(p.patterns == MASKED, np.int16(MASKED), np.int16(0))) for p in self.patterns
        ]


def _adjoining(pieces: list[tuple[BillPeriod, int]]) -> list[tuple[int, list[BillPeriod]]]:
    """Pieces by calendar, as long as they follow each other without a gap."""
    found: list[tuple[int, list[BillPeriod]]] = []
    for piece, number in pieces:
        if found and found[-1][0] == number and found[-1][1][-1].end == piece.start:
            found[-1][1].append(piece)
        else:
            found.append((number, [piece]))
    return found


def _joined(found: list[SlotPatterns], slots: int) -> SlotPatterns:
    if len(found) == 1:
        return found[0]
    if not found:
        return SlotPatterns(np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, slots), np.int16))
    days, bills, patterns = ([getattr(p, name) for p in found] for name in ("days", "bills", "patterns"))
    return SlotPatterns(np.concatenate(days), np.concatenate(bills), np.concatenate(patterns))


def demand_calendars(plan: Plan, tariff: Tariff, block: int) -> list[int]:
    """The calendars by which a tariff bills demand over blocks of a length, in the order of its charges."""
    numbers = [
        plan.calendars.number(calendar_of(tariff, charge), tariff.id)
        for charge in tariff.maxima
        if (charge.block_minutes or 0) == block
    ]
    return list(dict.fromkeys(numbers))
