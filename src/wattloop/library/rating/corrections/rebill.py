"""Re-bill by difference: what changed since bills were booked, rated again, and booked as what differs.

    rating.book("booked/2026-10", lake, tariffs, start, end, agreements=agreements)
    … readings are corrected, an agreement is, a tariff is …
    correction = rating.rebill("booked/2026-10", lake, tariffs, agreements=agreements)

The sum over all lines booked of a bill is always the bill as it should be now.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import Agreements
from wattloop.library.rating.agreements.periods import BillPeriod, bill_periods
from wattloop.library.rating.agreements.table import from_table
from wattloop.library.rating.charges.lines import schema
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.rating.corrections import fingerprints
from wattloop.library.rating.corrections.affected import Affected, affected
from wattloop.library.rating.corrections.booked import LINES, Booked, Record, booking, keep, numbered
from wattloop.library.rating.corrections.differences import correction_schema, differences, that_are_booked
from wattloop.library.rating.exceptions import NOT_HELD, SCHEMA
from wattloop.library.rating.measuring import engine
from wattloop.library.rating.measuring.few_readings import FewReadings
from wattloop.library.rating.measuring.sources import source_of
from wattloop.library.rating.run import Job, Progress, Run, run_job
from wattloop.library.tariffs.compiled import Tariff


@dataclass
class Correction:
    """What a re-bill found.

    Args:
        lines: Arrow table as `differences.correction_schema`; empty where every bill is as it should be.
        causes: {cause: how many agreements it touched}: "readings", "terms", "tariff", "new agreement",
            "agreement gone".
        rated: how many agreements were looked at again.
        held: bills that are booked, and are held back now: they stay as booked; as `exceptions.SCHEMA`.
        exceptions: of those rated again, as in `Run`.
        run: the number under which it is booked; None where nothing was, or nothing was to be.
        version: the lake's version that was read.
    """

    lines: pa.Table
    causes: dict[str, int]
    rated: int
    held: pa.Table = field(default_factory=SCHEMA.empty_table)
    exceptions: pa.Table = field(default_factory=SCHEMA.empty_table)
    run: int | None = None
    version: int | None = None

    def bills(self) -> pa.Table:
        """The bills corrected: `agreement, period_start, period_end, currency, corrects, amount` (the difference)."""
        by = ["agreement", "period_start", "period_end", "currency", "corrects"]
        plain = self.lines.select([*by, "amount"]).cast(
            pa.schema([self.lines.schema.field(n).with_type(pa.string()) if n in ("agreement", "currency")
                       else self.lines.schema.field(n) for n in (*by, "amount")])
        )  # fmt: skip
        return plain.group_by(by).aggregate([("amount", "sum")]).rename_columns([*by, "amount"])


def book(
    folder: Path | str,
    readings: Lake | Snapshot,
    tariffs: list[Tariff],
    start: dt.date,
    end: dt.date,
    *,
    agreements: pa.Table | Agreements | None = None,
    bill: str = "month",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Bill a span, and book the bills in a folder with what they follow from.

    Args:
        folder: a new one, or one that is empty.
        readings: a lake, so that it can be told later what of it changed.
        tariffs, start, end, agreements, bill, threads: as for `run`.
        progress: told how far it is.

    Raises:
        Refused: as `run`; or where something is booked in the folder already.
    """
    folder, snapshot = Path(folder), _snapshot(readings)
    wanted = bill_periods(start, end, bill)
    _refuse_booked(folder)
    con = engine.duckdb(threads=threads)
    try:
        given = from_table(agreements) if isinstance(agreements, pa.Table) else agreements
        job = Job.of(source_of(snapshot), tariffs, given, wanted, con)
        terms = job.agreements if given is None else given  # a job's are cut where transformers change
        with booking(folder) as partial:
            _refuse_booked(folder)
            done = run_job(job, partial / LINES, con, progress)
            record = Record(
                0, snapshot.version, start.isoformat(), end.isoformat(), bill, agreements is None,
                fingerprints.of_tariffs(tariffs, end), fingerprints.of_population(terms, end),
                fingerprints.of_tables(agreements) if isinstance(agreements, pa.Table) else None,
                done.bills, done.line_count,
            )  # fmt: skip
            keep(partial, record, done.exceptions, fingerprints.of_agreements(terms, end))
    finally:
        con.disconnect()
    return done


def rebill(
    booked: Booked | Path | str,
    readings: Lake | Snapshot,
    tariffs: list[Tariff],
    *,
    agreements: pa.Table | Agreements | None = None,
    dry_run: bool = False,
    threads: int | None = None,
) -> Correction:
    """Rate again whoever is affected by what changed, and book the difference.

    Args:
        booked: what `book` made, by its folder.
        readings: the lake it was billed from, as it is now.
        tariffs, agreements: as they are now; agreements only where there were some when it was booked.
        dry_run: find the difference and book nothing.
        threads: of the engine.

    Raises:
        Refused: where nothing is booked there, or the lake is an older one; as `run`.
    """
    folder = booked.path if isinstance(booked, Booked) else Path(booked)
    snapshot = _snapshot(readings)
    if dry_run:
        return _correct(Booked(folder), snapshot, tariffs, agreements, threads)[0]
    Booked(folder)  # refused before a folder is made
    with booking(folder) as partial:
        held = Booked(folder)
        correction, found = _correct(held, snapshot, tariffs, agreements, threads)
        if not len(correction.lines):
            return correction
        correction.run = held.newest.number + 1
        pq.write_table(correction.lines, partial / LINES, compression="zstd")
        record = replace(
            held.newest, number=correction.run, lake=snapshot.version, tariffs=found.tariffs,
            population=found.population, table=found.table, bills=len(correction.bills()), lines=len(correction.lines),
        )  # fmt: skip
        keep(partial, record, correction.exceptions, found.known)
    return correction


def _correct(
    booked: Booked, snapshot: Snapshot, tariffs: list[Tariff], given: pa.Table | Agreements | None, threads: int | None
) -> tuple[Correction, Affected]:
    record = booked.newest
    _refuse_other(booked, record, snapshot, given)
    wanted = bill_periods(*record.span, record.bill)
    con = engine.duckdb(threads=threads, few=True)
    try:
        return _corrected(con, booked, wanted, snapshot, tariffs, given)
    finally:
        con.disconnect()


def _corrected(
    con: Any,
    booked: Booked,
    wanted: list[BillPeriod],
    snapshot: Snapshot,
    tariffs: list[Tariff],
    given: pa.Table | Agreements | None,
) -> tuple[Correction, Affected]:
    found = affected(con.con, booked, _as_booked(snapshot, booked.newest), snapshot, tariffs, given, wanted)
    causes = {cause: len(names) for cause, names in found.causes.items()}
    digits = max(Pricing.of(t).digits for t in tariffs)
    correction = Correction(
        correction_schema(digits).empty_table(), causes, len(found.agreements.names), version=snapshot.version
    )
    if not len(found.names):
        return correction, found
    done = Run(schema(digits).empty_table())
    if len(found.agreements.names):
        done = _rated(con, found.agreements, snapshot, tariffs, wanted)
    correction.exceptions = done.exceptions
    held = done.exceptions.filter(pc.invert(pc.is_in(done.exceptions["what"], pa.array(NOT_HELD))))
    correction.lines = differences(con.con, booked.line_files(), found.names, held, done.lines)
    correction.held = that_are_booked(con.con).cast(SCHEMA)
    return correction, found


def _rated(
    con: Any, agreements: Agreements, snapshot: Snapshot, tariffs: list[Tariff], wanted: list[BillPeriod]
) -> Run:
    source = FewReadings(snapshot, pc.unique(agreements.points.point))
    job = Job.of(source, tariffs, agreements, wanted, con)
    job.measure = source.measure
    return run_job(job, None, con)


def _as_booked(snapshot: Snapshot, record: Record) -> Snapshot:
    return Lake(snapshot.path).snapshot(record.lake)


def _snapshot(readings: Lake | Snapshot) -> Snapshot:
    if not isinstance(readings, Lake | Snapshot):
        msg = f"bills are booked from a lake, whose versions stay, not from {type(readings).__name__}"
        raise TypeError(msg)
    return readings.snapshot() if isinstance(readings, Lake) else readings


def _refuse_booked(folder: Path) -> None:
    if numbered(folder):
        raise Refused(f"bills are booked in {folder} already", "Correct them: wattloop rebill; or name another folder.")
    if folder.exists() and (not folder.is_dir() or any(not p.name.startswith(".") for p in folder.iterdir())):
        raise Refused(f"{folder} is not a folder of booked bills and not empty", "Name an empty or a new folder.")


def _refuse_other(booked: Booked, record: Record, snapshot: Snapshot, given: Any) -> None:
    if record.each_point != (given is None):
        said = "without agreements, each point by itself" if record.each_point else "for a table of agreements"
        mend = "Leave the agreements out." if record.each_point else "Give the agreements as they are now."
        raise Refused(f"the bills in {booked.path} were booked {said}", mend, field="agreements")
    if snapshot.version < record.lake:
        raise Refused(
            f"the bills in {booked.path} follow from version {record.lake} of the lake, and this is {snapshot.version}",
            "Give the lake they were billed from, as it is now.",
        )
