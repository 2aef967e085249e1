"""Segments: where something changes inside a bill, the bill is cut, and each piece has its own rules.

A *schedule* is the sequence of pieces that some agreements share, each with the variant of
the tariff in force in it; most agreements of a tariff share one. Agreements whose terms
change inside the span get a schedule of their own.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.grouping import groups
from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import ALWAYS, FOR_EVER, Agreements, Versions
from wattloop.library.rating.agreements.parts import Parts
from wattloop.library.rating.agreements.periods import BillPeriod, history
from wattloop.library.rating.agreements.variants import EPOCH, Stretch, Variants
from wattloop.library.tariffs.compiled import Over, Tariff

Schedule = tuple[tuple[BillPeriod, int], ...]
"""Pieces in order, each with the number of its variant."""


LONG_AGO = 400
"""Days: no bill counts on from readings more than a year before it."""

Terms = tuple[tuple[str, int, int, int], ...]
"""Of each version in force in the span its tariff, the number of its kind, its first day and the day after its last."""


Days = tuple[tuple[int, int], ...]
"""Spans of days: the first, and the one after the last."""


@dataclass(eq=False)
class Timetable:
    """Who is billed by which schedule.

    Args:
        schedules: the distinct ones.
        of_part: int64[parts]; -1 for a part that is not in force in any bill.
    """

    schedules: list[Schedule]
    of_part: Whole
    begins: list[dt.date] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begins = [schedule[0][0].start for schedule in self.schedules]


def schedules_of(agreements: Agreements, parts: Parts, variants: Variants, wanted: list[BillPeriod]) -> Timetable:
    """Give every part of every agreement its schedule.

    Raises:
        Refused: where a tariff is not in force on a day it is needed, or a bill is one it cannot make.
    """
    return _Maker(agreements, parts, variants, wanted).make()


class _Maker:
    def __init__(self, agreements: Agreements, parts: Parts, variants: Variants, wanted: list[BillPeriod]) -> None:
        self.parts, self.variants, self.wanted = parts, variants, wanted
        self.versions: Versions = agreements.versions
        self.first, self.last = _day(wanted[0].start), _day(wanted[-1].end)
        self.numbers: dict[Schedule, int] = {}
        self.known: dict[Any, tuple[list[Stretch], int, dict[int, int]]] = {}
        self.pauses = self._pauses()

    def make(self) -> Timetable:
        of_part = np.full(len(self.parts.agreement), -1, np.int64)
        versions, count = self.versions, int(self.parts.agreement.max(initial=-1)) + 1
        active = np.flatnonzero((versions.start < self.last) & (versions.end > self.first))
        owner = versions.agreement[active]
        many = np.bincount(owner, minlength=count)
        row = np.full(count, -1, np.int64)
        row[owner[::-1]] = active[::-1]
        begin = np.full(count, 2**40, np.int64)
        np.minimum.at(begin, versions.agreement, versions.start)
        own = row[self.parts.agreement]
        whole = (
            (many[self.parts.agreement] == 1) & (versions.start[own] <= self.first) & (versions.end[own] >= self.last)
        )
        whole &= ~np.isin(self.parts.agreement, list(self.pauses))
        plain = np.flatnonzero(whole & ~self.parts.dated)
        self._plain(plain, own, begin, of_part)
        for part in np.flatnonzero(~whole | self.parts.dated):
            low, high = np.searchsorted(owner, self.parts.agreement[part] + np.array([0, 1]))
            if high > low:
                of_part[part] = self._own(int(part), active[low:high], int(begin[self.parts.agreement[part]]))
        return Timetable(list(self.numbers), of_part)

    def _pauses(self) -> dict[int, Days]:
        """By agreement, the days before the span on which it was not in force though it had been; few have any."""
        agreement, start, end = self.versions.agreement, self.versions.start, self.versions.end
        found: dict[int, Days] = {}
        resumed = (agreement[1:] == agreement[:-1]) & (start[1:] > end[:-1])
        resumed &= (end[:-1] < self.first) & (start[1:] > self.first - LONG_AGO)
        for row in np.flatnonzero(resumed).tolist():
            owner = int(agreement[row])
            found[owner] = (*found.get(owner, ()), (int(end[row]), int(start[row + 1])))
        return found

    def _plain(self, parts: Whole, own: Whole, begin: Whole, of_part: Whole) -> None:
        """Parts under one version for all the span: few distinct cases, however many parts."""
        if not len(parts):
            return
        tariff, ids = self._tariffs(parts, own)
        kind, start = self.versions.kind[own[parts]].astype(np.int64), begin[self.parts.agreement[parts]]
        pairs, of_pair = groups(tariff, kind)
        runs = [self.variants.stretches(ids[name], self.versions.kinds[of], of) for name, of in pairs.tolist()]
        reach = np.array([self._reach(stretches) for stretches in runs], np.int64)[of_pair]
        distinct, of_case = groups(of_pair, np.where(start > reach, start, ALWAYS))
        numbers = [self._number(runs[pair], day) for pair, day in distinct.tolist()]
        of_part[parts] = np.array(numbers, np.int64)[of_case]

    def _tariffs(self, parts: Whole, own: Whole) -> tuple[Whole, list[str]]:
        ids = self.variants.ids
        given = self.versions.tariff.take(pa.array(own[parts]))
        if self.parts.tariff is not None:
            given = pc.coalesce(self.parts.tariff.take(pa.array(parts)), given)
        at = pc.index_in(given, pa.array(ids, pa.string()))
        if at.null_count:
            row = int(pc.index(pc.is_null(at), True).as_py())
            raise Refused(
                f"agreement {self.parts.names[int(parts[row])]} names the tariff {given[row]}, which is not given",
                f"Known here: {', '.join(ids)}.",
            )
        return np.asarray(at).astype(np.int64), ids

    def _own(self, part: int, rows: Whole, begin: int) -> int:
        """A part whose terms change inside the span, or which does not last all of it; many have the same terms."""
        versions, lasts = self.versions, (int(self.parts.start[part]), int(self.parts.end[part]))
        override = self.parts.tariff[part].as_py() if self.parts.tariff is not None else None
        terms: Terms = tuple(
            (override or versions.tariff[row].as_py(), int(versions.kind[row]),
             start if (start := int(versions.start[row])) > self.first - LONG_AGO else ALWAYS,
             end if (end := int(versions.end[row])) < self.last else FOR_EVER)
            for row in rows.tolist()
        )  # fmt: skip
        cuts, pauses = self.parts.cuts.get(part, ()), self.pauses.get(int(self.parts.agreement[part]), ())
        key = terms, lasts, cuts, pauses
        if key not in self.known:
            runs = self._runs(part, terms, lasts, cuts)
            self.known[key] = runs, self._reach(runs), {}
        runs, reach, numbers = self.known[key]
        clip = max(begin, lasts[0])
        clip = clip if clip > reach else ALWAYS
        if clip not in numbers:
            numbers[clip] = self._number(runs, clip, cuts, pauses, checked=True)
        return numbers[clip]

    def _runs(self, part: int, terms: Terms, lasts: tuple[int, int], cuts: tuple[int, ...]) -> list[Stretch]:
        """The variants of some terms one after the other, on the days that a part lasts."""
        runs: list[Stretch] = []
        for tariff, kind, lo, hi in terms:
            if tariff not in self.variants.versions:
                raise Refused(
                    f"agreement {self.parts.names[part]} names the tariff {tariff}, which is not given",
                    f"Known here: {', '.join(self.variants.ids)}.",
                )
            stretches = self.variants.stretches(tariff, self.versions.kinds[kind], kind)
            _check_validity(self.variants, tariff, stretches, max(lo, self.first), min(hi, self.last))
            runs += [(max(s, lo), min(e, hi), v) for s, e, v in stretches if s < hi and e > lo]
        lo, hi = lasts
        runs = [(max(s, lo), min(e, hi), v) for s, e, v in runs if s < hi and e > lo]
        return _cut(runs, cuts)

    def _reach(self, runs: list[Stretch]) -> int:
        """The first day that these prices need to know of."""
        needed = {v for s, e, v in runs if s < self.last and e > self.first}
        before = [history(self.variants.list[v], self.wanted[0].start) for v in needed]
        return min((_day(periods[0].start) for periods in before if periods), default=self.first)

    def _number(
        self, runs: list[Stretch], clip: int, cuts: tuple[int, ...] = (), pauses: Days = (), *, checked: bool = False
    ) -> int:
        if not checked:
            name = self.variants.list[runs[0][2]].id
            _check_validity(self.variants, name, runs, max(self.first, clip), self.last)
        pieces: list[tuple[BillPeriod, int]] = []
        for period in self.wanted:
            lo, hi = max(_day(period.start), clip), _day(period.end)
            for start, end, number in runs:
                if start < hi and end > lo:
                    cut = replace(period, start=_date(max(start, lo)), end=_date(min(end, hi)))
                    _check_years(self.variants.list[number], cut)
                    pieces.append((cut, number))
        if not pieces:
            return -1
        used = {number for _, number in pieces}
        before = max(
            ((history(self.variants.list[v], self.wanted[0].start), v) for v in sorted(used)),
            key=lambda found: -_day(found[0][0].start) if found[0] else -self.first,
        )
        # A month of history is cut where points come and go, so that each counts in its days.
        days = itertools.pairwise([clip, *itertools.chain(*pauses), FOR_EVER])
        there = _cut([(max(lo, clip), hi, 0) for lo, hi in itertools.islice(days, 0, None, 2) if hi > clip], cuts)
        past = [
            replace(p, start=_date(max(lo, _day(p.start))), end=_date(min(hi, _day(p.end))), bill=-1 - i)
            for i, p in enumerate(before[0])
            for lo, hi, _ in there
            if lo < _day(p.end) and hi > _day(p.start)
        ]
        schedule = (*((p, before[1]) for p in past), *pieces)
        return self.numbers.setdefault(schedule, len(self.numbers))


def _cut(runs: list[Stretch], days: tuple[int, ...]) -> list[Stretch]:
    """The same stretches, cut on further days."""
    found: list[Stretch] = []
    for start, end, number in runs:
        edges = [start, *(day for day in days if start < day < end), end]
        found += [(lo, hi, number) for lo, hi in itertools.pairwise(edges)]
    return found


def _check_validity(variants: Variants, name: str, runs: list[Stretch], first: int, end: int) -> None:
    """Refuse to price a day on which the tariff is not in force."""
    at = first
    for start, stop, _ in runs:
        if start <= at < stop:
            at = stop
    if at < end:
        versions = variants.versions[name]
        until = versions[-1].valid_to or "further notice"
        raise Refused(
            f"tariff {name} is in force from {versions[0].valid_from} to {until}, "
            f"not on all of {_date(first)} to {_date(end - 1)}",
            "Give the version of the tariff that was in force, or another span.",
        )


def _check_years(tariff: Tariff, period: BillPeriod) -> None:
    """Refuse a bill across new year where the tariff's tiers or its minimum begin again with the year."""
    yearly = any(minimum.per == "year" for minimum in tariff.minimums)
    if not yearly and (tariff.tiers is None or tariff.tiers.over is not Over.YEAR):
        return
    if period.start.year != (period.end - dt.timedelta(days=1)).year:
        raise Refused(
            f"tariff {tariff.id} counts by the year, and the bill from {period.start} to {period.end} holds two",
            "Bill each year by itself, or by the month.",
        )


def _day(day: dt.date) -> int:
    return (day - EPOCH).days


def _date(day: int) -> dt.date:
    if day <= -719162:
        return dt.date.min
    return EPOCH + dt.timedelta(days=day)
