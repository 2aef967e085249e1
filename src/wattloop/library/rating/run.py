"""A run: readings and tariffs in, bill lines out, with what could not be billed said by name."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.aligned import timetable
from wattloop.library.rating.agreements.model import Agreements, one_each
from wattloop.library.rating.agreements.parts import Parts, parts_of
from wattloop.library.rating.agreements.periods import BillPeriod, bill_periods
from wattloop.library.rating.agreements.segments import Timetable
from wattloop.library.rating.agreements.table import from_table
from wattloop.library.rating.agreements.transformers import with_transformers
from wattloop.library.rating.agreements.variants import Variants
from wattloop.library.rating.charges.lines import schema
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.rating.chunks import chunks, price_chunk
from wattloop.library.rating.exceptions import SCHEMA, exceptions_of, unbilled
from wattloop.library.rating.measuring import engine
from wattloop.library.rating.measuring.combining import combine
from wattloop.library.rating.measuring.determined import Determined, Scans
from wattloop.library.rating.measuring.intervals import Measured, measure
from wattloop.library.rating.measuring.plan import REGISTERS, Plan, Scan
from wattloop.library.rating.measuring.plans import no_readings, own_points, plans, ways_of
from wattloop.library.rating.measuring.power import know_bills
from wattloop.library.rating.measuring.registers import RegisterScan, measure_registers
from wattloop.library.rating.measuring.sources import Source, source_of
from wattloop.library.rating.writing import LineWriter
from wattloop.library.tariffs.compiled import Tariff

Progress = Callable[[int, int, str], None]
"""Told what is done of how many parts of agreements, and at which step: "determinants" or "lines".

Called between steps and in this thread: what it raises ends the run, of which nothing is kept.
"""


@dataclass
class Run:
    """What a run did.

    Args:
        lines: the bill lines, unless they were written to a file.
        bills: how many bills.
        exceptions: Arrow table as `exceptions.SCHEMA`: bills that rest on incomplete readings or
            history or were held back, agreements without readings, points without an agreement.
        seconds: how long each step took.
        version: the lake's version that was read.
    """

    lines: pa.Table | None
    bills: int = 0
    line_count: int = 0
    exceptions: pa.Table = field(default_factory=SCHEMA.empty_table)
    seconds: dict[str, float] = field(default_factory=dict)
    version: int | None = None


def rate(
    readings: Lake | Snapshot | pa.Table,
    tariff: Tariff,
    start: dt.date,
    end: dt.date,
    *,
    bill: str = "month",
    con: Any = None,
) -> pa.Table:
    """Bill lines of every point under one tariff.

    Args:
        readings: an open lake, a snapshot of one, or an Arrow table of day-rows.
        tariff: a loaded tariff.
        start: first local day billed.
        end: the day after the last.
        bill: "month" for a bill per calendar month, "span" for one over the whole. In a bill
            over parts of months every monthly price, bound and minimum is taken for the parts
            of months that it covers: twice for two whole months, 17/31 for half a January.
        con: an Ibis backend (DuckDB or PySpark); DuckDB in this process by default.

    Returns:
        Arrow table as `lines.schema`: quantity × price is exact, amount rounded. A bill is priced
        on the readings there are; `run` names those that lack some.

    Raises:
        Refused: where the tariff cannot be priced from these readings, or there are none.
        TypeError, ValueError: for a span that is none.
    """
    lines = run(readings, [tariff], start, end, bill=bill, con=con).lines
    assert lines is not None
    return lines


def run(
    readings: Lake | Snapshot | pa.Table,
    tariffs: list[Tariff],
    start: dt.date,
    end: dt.date,
    *,
    agreements: pa.Table | Agreements | None = None,
    bill: str = "month",
    out: Path | str | None = None,
    con: Any = None,
    threads: int | None = None,
) -> Run:
    """Rate many agreements under many tariffs.

    Args:
        readings, start, end, bill, con: as for `rate`.
        tariffs: the tariffs agreements name, in all versions that are in force in the span; with one
            tariff and no agreements, every point is one.
        agreements: who is billed: what `agreements.read` gives, or an Arrow table with the columns
            `agreement, point, tariff` (the tariff's id) and any other of `agreements.cells.COLUMNS`.
        out: a Parquet file for the lines; memory then does not grow with their number.
        threads: of the DuckDB made where `con` is not given.

    Raises:
        Refused: where something named does not exist, or a tariff cannot be priced.
    """
    wanted = bill_periods(start, end, bill)
    own = con is None
    con = engine.duckdb(threads=threads) if own else con
    try:
        return run_job(Job.of(source_of(readings), tariffs, agreements, wanted, con), Path(out) if out else None, con)
    finally:
        if own:
            con.disconnect()


def determinants_of(
    readings: Lake | Snapshot | pa.Table,
    tariffs: list[Tariff],
    start: dt.date,
    end: dt.date,
    *,
    agreements: pa.Table | Agreements | None = None,
    bill: str = "month",
    con: Any = None,
) -> list[tuple[Plan, Determined]]:
    """Phase one alone: the determinants of all agreements, a plan at a time; arguments as for `run`."""
    own = con is None
    con = engine.duckdb() if own else con
    try:
        job = Job.of(source_of(readings), tariffs, agreements, bill_periods(start, end, bill), con)
        return [(plan, determine(job, plan, con)[0]) for plan in job.plans()]
    finally:
        if own:
            con.disconnect()


@dataclass(eq=False)
class Job:
    """What a run is about: whose readings, by which prices, in which bills, and how they are measured."""

    source: Source
    agreements: Agreements
    parts: Parts
    times: Timetable
    variants: Variants
    wanted: list[BillPeriod]
    ways: Whole
    named: bool
    measure: Callable[[Scan, Any], Measured] = measure

    @classmethod
    def of(
        cls,
        source: Source,
        tariffs: list[Tariff],
        given: pa.Table | Agreements | None,
        wanted: list[BillPeriod],
        con: Any,
    ) -> Job:
        """Find out who is billed.

        Raises:
            Refused: where that cannot be told, or not be priced.
        """
        variants = Variants(tariffs)
        if given is None:
            if len(variants.ids) != 1:
                raise Refused("several tariffs need a table of agreements that says whose is which")
            present = own_points(source, wanted, con)
            if not len(present):
                raise no_readings(wanted)
            agreements = one_each(present, variants.ids[0])
        else:
            agreements = from_table(given) if isinstance(given, pa.Table) else given
        agreements = with_transformers(agreements, variants)
        parts = parts_of(agreements)
        times = timetable(agreements, parts, variants, wanted)
        ways = ways_of(source, agreements, parts, times, wanted, con)
        return cls(source, agreements, parts, times, variants, wanted, ways, given is not None)

    def nobody(self, con: Any) -> pa.Array:
        """string[points], sorted: those with readings that no agreement names."""
        if not self.named:  # every point is one
            return pa.array([], pa.string())
        there = own_points(self.source, self.wanted, con)
        at = pc.index_in(there, self.parts.legs.point)
        return there.filter(pc.is_null(at)) if at.null_count else there.slice(0, 0)

    def plans(self) -> Iterator[Plan]:
        """Its plans."""
        return plans(self.source, self.agreements, self.parts, self.times, self.variants, self.ways)


def determine(job: Job, plan: Plan, con: Any) -> tuple[Determined, Scans]:
    """The determinants of a plan's parts, and of its legs scan by scan."""
    scans: Scans = []
    for slots in np.unique(plan.slots_of[plan.slots_of > 0]).tolist():
        scan = Scan(plan, slots, np.flatnonzero(plan.slots_of == slots))
        scans.append((scan, job.measure(scan, con)))
    if (plan.slots_of == REGISTERS).any():
        by_register = RegisterScan(plan, np.flatnonzero(plan.slots_of == REGISTERS))
        scans.append((by_register, measure_registers(by_register)))
    found = combine(plan, scans)
    know_bills(plan, found, scans, con)
    return found, scans


def run_job(job: Job, out: Path | None, con: Any, progress: Progress | None = None) -> Run:
    """Bill everyone a job is about; the lines go to `out`, or into memory."""
    digits = max(Pricing.of(t).digits for versions in job.variants.versions.values() for t in versions)
    result = Run(None, version=job.source.version)
    seconds = result.seconds = {"determinants": 0.0, "lines": 0.0, "write": 0.0}
    exceptions = [unbilled(job.nobody(con), job.wanted)]
    held: list[pa.Table] = []
    unmeasured: list[str] = []
    done, told = 0, progress or _nobody
    with LineWriter(out, schema(digits)) as sink:
        for plan in job.plans():
            told(done, len(job.parts.agreement), "determinants")
            began = time.perf_counter()
            measured, scans = determine(job, plan, con)
            by_interval = [found for scan, found in scans if isinstance(scan, Scan)]
            unmeasured += [why for found in by_interval for why, rows in found.unmeasured.items() if rows.any()]
            exceptions += [exceptions_of(scan, found) for scan, found in scans]
            seconds["determinants"] += time.perf_counter() - began
            for chunk in chunks(plan, measured):
                began = time.perf_counter()
                priced = price_chunk(plan, con, measured, chunk, digits)
                seconds["lines"] += time.perf_counter() - began
                held += priced.held
                if priced.lines is not None:
                    result.line_count += len(priced.lines)
                    result.bills += int(pc.sum(pc.equal(priced.lines["line"], 1)).as_py() or 0)
                    began = time.perf_counter()
                    sink(priced.lines)
                    seconds["write"] += time.perf_counter() - began
                told(done + int(measured.number[chunk.rows.stop - 1]) + 1, len(job.parts.agreement), "lines")
            done += len(plan.parts.agreement)
        if not job.named and not result.bills and unmeasured:
            raise Refused(unmeasured[0], "Rate finer readings, or a tariff that bills demand over other blocks.")
        if not job.named and not result.bills and not held:
            raise no_readings(job.wanted)
        result.lines = sink.table()
    result.exceptions = pa.concat_tables([*exceptions, *held])
    return result


def _nobody(*_: object) -> None:
    """Whom a run without a listener tells."""
