"""What-if: a population against a set of tariffs, in summaries; the amounts are those that `run` bills.

The readings are scanned once for all tariffs, some points at a time (`block_sums`); no line is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.exact import add_at, narrow, wide
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.choosing import chosen
from wattloop.library.rating.agreements.model import Agreements, one_each
from wattloop.library.rating.agreements.periods import BillPeriod, bill_periods
from wattloop.library.rating.agreements.table import from_table
from wattloop.library.rating.agreements.variants import Variants, variant
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.rating.chunks import charged, chunks, held_bills, whole_bills
from wattloop.library.rating.comparison.comparing import CURRENT, KINDS, Priced, WhatIf
from wattloop.library.rating.measuring import engine
from wattloop.library.rating.measuring.block_sums import Classes
from wattloop.library.rating.measuring.plan import Scan
from wattloop.library.rating.measuring.plans import no_readings, own_points
from wattloop.library.rating.measuring.some_readings import SomeReadings
from wattloop.library.rating.measuring.sources import Source, source_of
from wattloop.library.rating.measuring.sums import measure_sums
from wattloop.library.rating.run import Job, determine
from wattloop.library.tariffs.compiled import Tariff

CELLS = 2**24  # sums held at a time: 128 MiB
AT_MOST = 20_000  # agreements rated at a time


def what_if(
    readings: Lake | Snapshot | pa.Table,
    tariffs: list[Tariff],
    start: dt.date,
    end: dt.date,
    *,
    agreements: pa.Table | Agreements | None = None,
    current: list[Tariff] | None = None,
    bill: str = "month",
    threads: int | None = None,
) -> WhatIf:
    """What everybody would pay under each of some tariffs.

    Args:
        readings, start, end, bill, threads: as for `run`.
        tariffs: the candidates, each in all versions in force in the span; all in one currency.
        agreements: whom to price; every point by itself without. What an agreement names is put aside
            for the candidate; a point with a price of its own keeps it, where `current` has it.
        current: the tariffs that agreements name, to compare with.

    Raises:
        Refused: as `run`; or where the tariffs are in several currencies.
    """
    candidates = {name: _Candidate(name, versions) for name, versions in Variants(tariffs).versions.items()}
    return _Comparison(readings, list(candidates.values()), current, agreements, bill_periods(start, end, bill)).run(
        threads
    )


def shadow(
    readings: Lake | Snapshot | pa.Table,
    tariff: Tariff | list[Tariff],
    start: dt.date,
    end: dt.date,
    *,
    current: list[Tariff],
    agreements: pa.Table | Agreements | None = None,
    replaces: str | None = None,
    bill: str = "month",
    threads: int | None = None,
) -> WhatIf:
    """A new tariff beside the one in force: who would pay what, by kind of charge.

    Args:
        tariff: the new one, in all its versions.
        current: the tariffs in force, as agreements name them.
        replaces: the id of the tariff it takes the place of; its own by default.
        readings, start, end, agreements, bill, threads: as for `what_if`.

    Returns:
        As `what_if`, of those who have the tariff replaced, with `kinds`.

    Raises:
        Refused: as `what_if`; or where no agreement has that tariff.
    """
    versions = tariff if isinstance(tariff, list) else [tariff]
    names = list(Variants(versions).versions)
    if len(names) > 1:
        raise Refused("a shadow run is of one tariff", f"Give the versions of one: {' or '.join(names)}.")
    new = _Candidate(names[0], versions)
    return _Comparison(
        readings, [new], current, agreements, bill_periods(start, end, bill), replaces or names[0], by_kind=True
    ).run(threads)


@dataclass(eq=False)
class _Candidate:
    name: str
    versions: list[Tariff]
    own: bool = False  # whether everybody is priced by what their agreement names


class _Comparison:
    def __init__(
        self, readings: Any, candidates: list[_Candidate], current: list[Tariff] | None,
        agreements: pa.Table | Agreements | None, wanted: list[BillPeriod], replaces: str | None = None,
        *, by_kind: bool = False,
    ) -> None:  # fmt: skip
        self.source, self.wanted, self.by_kind, self.replaces = source_of(readings), wanted, by_kind, replaces
        self.current = current or []
        self.candidates = candidates if current is None else [_Candidate(CURRENT, current, own=True), *candidates]
        self.given = from_table(agreements) if isinstance(agreements, pa.Table) else agreements
        every = [tariff for candidate in self.candidates for tariff in candidate.versions]
        self.currencies = sorted({tariff.currency for tariff in every})
        if len(self.currencies) > 1:
            said = f"tariffs in {' and '.join(self.currencies)} cannot be compared"
            raise Refused(said, "Give those of one currency.")
        self.digits = max(Pricing.of(tariff).digits for tariff in every)

    def run(self, threads: int | None) -> WhatIf:
        con = engine.duckdb(threads=threads)
        try:
            agreements = self._whom(con)
            count = len(agreements.names)
            width = len(KINDS) if self.by_kind else 1
            priced = {c.name: Priced.nothing(count, width) for c in self.candidates}
            kwh = np.zeros(count, np.int64)
            for numbers in self._some(agreements):
                self._price(agreements, numbers, con, priced, kwh)
        finally:
            con.disconnect()
        return WhatIf.of(agreements, priced, kwh, self.currencies[0], self.digits)

    def _whom(self, con: Any) -> Agreements:
        if self.given is None:
            present = own_points(self.source, self.wanted, con)
            if not len(present):
                raise no_readings(self.wanted)
            name = self.current[0].id if self.current else self.candidates[-1].name
            self.given = one_each(present, name)
        if self.replaces is None:
            return self.given
        has = np.asarray(pc.equal(self.given.versions.tariff, self.replaces))
        numbers = np.unique(self.given.versions.agreement[has])
        if not len(numbers):
            said = f"no agreement has the tariff {self.replaces}"
            raise Refused(said, "Say which one is replaced.", field="replaces")
        return chosen(self.given, numbers)

    def _some(self, agreements: Agreements) -> Iterator[Whole]:
        """Agreements whose readings lie side by side, so many that their sums are held at a time."""
        points, first = agreements.points, np.zeros(len(agreements.names), np.int64)
        place = np.empty(len(points.point), np.int64)
        place[np.asarray(pc.array_sort_indices(points.point))] = np.arange(len(points.point))
        first[points.agreement[::-1]] = place[::-1]
        order = np.argsort(first, kind="stable")
        size, low = 100, 0  # a few first: how much they hold is not known before
        while low < len(order):
            numbers = np.sort(order[low : low + size])
            self.cells = 0
            yield numbers
            low += size
            size = int(min(AT_MOST, max(100, CELLS // max(1, self.cells // len(numbers)))))

    def _price(self, agreements: Agreements, numbers: Whole, con: Any, priced: dict[str, Priced], kwh: Whole) -> None:
        """Everything of some agreements: one scan, then each candidate."""
        some = chosen(agreements, numbers)
        points = pc.unique(some.points.point)
        points = points.take(pc.array_sort_indices(points))
        source: Source = SomeReadings(self.source, points)
        jobs: list[tuple[_Candidate, Whole, Job]] = []
        for candidate in self.candidates:
            able = np.flatnonzero(self._able(some, candidate))
            if len(able):
                under = self._under(chosen(some, able), candidate)
                jobs.append((candidate, able, Job.of(source, self._versions(candidate), under, self.wanted, con)))
        by_slots: dict[int, list[Scan]] = {}
        for _, _, job in jobs:
            for plan in job.plans():
                for slots in np.unique(plan.slots_of[plan.slots_of > 0]).tolist():
                    by_slots.setdefault(slots, []).append(Scan(plan, slots, np.flatnonzero(plan.slots_of == slots)))
        sums = {slots: Classes(scans).sums(scans[0], con, points) for slots, scans in by_slots.items()}
        self.cells = sum(held.energy.size + sum(m.size for m in held.maxima.values()) for held in sums.values())
        for candidate, able, job in jobs:
            job.measure = lambda scan, _: measure_sums(scan, sums[scan.slots])
            used = self._total(job, con, priced[candidate.name], numbers[able])
            kwh[numbers[able]] = np.where(kwh[numbers[able]] == 0, used, kwh[numbers[able]])

    def _versions(self, candidate: _Candidate) -> list[Tariff]:
        """A candidate's versions, and whatever else in force points with a price of their own may name."""
        return [*candidate.versions, *(t for t in self.current if not candidate.own and t.id != candidate.name)]

    def _under(self, agreements: Agreements, candidate: _Candidate) -> Agreements:
        if candidate.own:
            return agreements
        versions = agreements.versions
        name = pa.array([candidate.name], pa.string()).take(pa.array(np.zeros(len(versions.start), np.int64)))
        if self.replaces is not None:
            name = pc.if_else(pc.equal(versions.tariff, self.replaces), name, versions.tariff)
        return replace(agreements, versions=replace(versions, tariff=name))

    def _able(self, agreements: Agreements, candidate: _Candidate) -> Mask:
        """Agreements whose terms say all that a candidate asks for, such as a demand method."""
        found = np.ones(len(agreements.names), bool)
        if candidate.own:
            return found
        versions = agreements.versions
        for number in np.unique(versions.kind).tolist():
            try:
                for tariff in candidate.versions:
                    variant(tariff, versions.kinds[number])
            except Refused:
                found[versions.agreement[versions.kind == number]] = False
        return found

    def _total(self, job: Job, con: Any, priced: Priced, numbers: Whole) -> Whole:
        """Add up the charges of a job; int64[agreements], the Wh billed."""
        used = np.zeros(len(numbers), np.int64)
        for plan in job.plans():
            measured, _ = determine(job, plan, con)
            for chunk in chunks(plan, measured):
                found = charged(plan, con, measured, chunk)
                if not found:
                    continue
                whole = whole_bills(plan, measured, chunk.rows)
                kept, _ = held_bills(plan, measured, chunk.rows, [made for _, made, _ in found], whole)
                agreement = plan.parts.agreement[measured.number[chunk.rows]]
                for number, made, charges in found:
                    shown = made.mine & kept
                    at, digits = numbers[agreement], Pricing.of(plan.variants[number]).digits
                    np.add.at(used, agreement[made.mine], made.energy_exact.sum(axis=1)[made.mine])
                    priced.billed[at[shown]] = True
                    priced.held[at[made.mine & ~kept]] = True
                    for charge in charges:
                        kind = KINDS.index(charge.kind) if self.by_kind else 0
                        finer = 10 ** (self.digits - digits)
                        amount = narrow(wide(charge.visible(charge.amount), finer) * finer)
                        add_at(priced.amount[:, kind], at[shown], amount[shown])
        return used
