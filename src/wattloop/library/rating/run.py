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
import pyarrow.parquet as pq

from wattloop.library.lake.store import Lake, Snapshot
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating import engine
from wattloop.library.rating.bills import Bills
from wattloop.library.rating.lines import Header, schema, to_table
from wattloop.library.rating.measuring import Measured, Plan, measure
from wattloop.library.rating.periods import BillPeriod, check_validity, history_start, monthly, with_history
from wattloop.library.rating.price import price_bills
from wattloop.library.rating.pricing import Pricing
from wattloop.library.rating.sources import Source, source_of
from wattloop.library.rating.time_order import fill_in_order
from wattloop.library.tariffs.compiled import Pooling, Tariff

CHUNK = 5_000  # agreements priced at a time: what bounds a run's memory

Sink = Callable[[pa.Table], None]


@dataclass
class Run:
    """What a run did.

    Args:
        lines: the bill lines, unless they were written to a file.
        bills: how many bills.
        exceptions: Arrow `agreement, period_start, period_end, what, found, expected`:
            bills priced on incomplete readings, and agreements without any.
        seconds: how long each step took.
        version: the lake's version that was read.
    """

    lines: pa.Table | None
    bills: int = 0
    line_count: int = 0
    exceptions: pa.Table | None = None
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
        bill: "month" for a bill per calendar month, "span" for one over the whole.
        con: an Ibis backend (DuckDB or PySpark); DuckDB in this process by default.

    Returns:
        Arrow table as `lines.schema`: quantity × price is exact, amount rounded.

    Raises:
        Refused: where the tariff cannot be priced from these readings.
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
    agreements: pa.Table | None = None,
    bill: str = "month",
    out: Path | str | None = None,
    con: Any = None,
    threads: int | None = None,
) -> Run:
    """Rate many agreements under many tariffs.

    Args:
        readings, start, end, bill, con: as for `rate`.
        tariffs: the tariffs agreements name; with one tariff and no agreements, every point is one.
        agreements: Arrow `agreement, point, tariff` (the tariff's id).
        out: a Parquet file for the lines; memory then does not grow with their number.
        threads: of the DuckDB made where `con` is not given.

    Raises:
        Refused: where something named does not exist, or a tariff cannot be priced.
    """
    if bill not in ("month", "span"):
        msg = f"bill is 'month' or 'span', not {bill!r}"
        raise ValueError(msg)
    source = source_of(readings)
    wanted = monthly(start, end) if bill == "month" else [BillPeriod(start, end)]
    for tariff in tariffs:
        check_validity(tariff, wanted)
    own = con is None
    con = engine.duckdb(threads=threads) if own else con
    try:
        return _run(source, tariffs, wanted, agreements, Path(out) if out else None, con)
    finally:
        if own:
            con.disconnect()


def determinants_of(
    readings: Lake | Snapshot | pa.Table,
    tariffs: list[Tariff],
    start: dt.date,
    end: dt.date,
    *,
    agreements: pa.Table | None = None,
    bill: str = "month",
    con: Any = None,
) -> list[tuple[Plan, Measured]]:
    """Phase one alone: the determinants of all agreements, a plan at a time; arguments as for `run`."""
    source = source_of(readings)
    wanted = monthly(start, end) if bill == "month" else [BillPeriod(start, end)]
    own = con is None
    con = engine.duckdb() if own else con
    try:
        return [(plan, measure(plan, con)) for plan in _plans(source, tariffs, wanted, agreements, con)]
    finally:
        if own:
            con.disconnect()


def _run(
    source: Source,
    tariffs: list[Tariff],
    wanted: list[BillPeriod],
    agreements: pa.Table | None,
    out: Path | None,
    con: Any,
) -> Run:
    digits = max(Pricing.of(t).digits for t in tariffs)
    result = Run(None, version=source.version)
    seconds = result.seconds = {"determinants": 0.0, "lines": 0.0, "write": 0.0}
    exceptions: list[pa.Table] = []
    with _Writer(out, schema(digits)) as sink:
        for plan in _plans(source, tariffs, wanted, agreements, con):
            began = time.perf_counter()
            measured = measure(plan, con)
            seconds["determinants"] += time.perf_counter() - began
            exceptions.append(_exceptions(plan, measured))
            for index in range(len(plan.tariffs)):
                for chunk in _chunks(plan, measured, index):
                    began = time.perf_counter()
                    table = _price(plan, con, measured, index, chunk, digits)
                    seconds["lines"] += time.perf_counter() - began
                    if table is not None:
                        result.line_count += len(table)
                        result.bills += int(pc.sum(pc.equal(table["line"], 1)).as_py() or 0)
                        began = time.perf_counter()
                        sink(table)
                        seconds["write"] += time.perf_counter() - began
        result.lines = sink.table()
    result.exceptions = pa.concat_tables(exceptions) if exceptions else None
    return result


def _plans(
    source: Source, tariffs: list[Tariff], wanted: list[BillPeriod], agreements: pa.Table | None, con: Any
) -> Iterator[Plan]:
    """One plan per slot count and length of history, so that nobody is read further back than needed."""
    named = _agreements(source, tariffs, wanted, agreements, con)
    begin = [history_start(t, wanted[0].start) for t in tariffs]
    for slots, (points, of) in named.items():
        for since in sorted(set(begin)):
            these = [i for i, b in enumerate(begin) if b == since]
            chosen = np.flatnonzero(np.isin(of, these))
            if not len(chosen):
                continue
            order = chosen[np.argsort(of[chosen], kind="stable")]
            renumbered = np.full(len(tariffs), -1, np.int32)
            renumbered[these] = np.arange(len(these))
            yield Plan(
                source,
                slots,
                points.take(pa.array(order)),
                renumbered[of[order]],
                [tariffs[i] for i in these],
                with_history(wanted, since),
            )


def _agreements(
    source: Source, tariffs: list[Tariff], wanted: list[BillPeriod], agreements: pa.Table | None, con: Any
) -> dict[int, tuple[pa.Array, np.ndarray[Any, np.dtype[np.int64]]]]:
    """Points and the index of their tariff, by slot count."""
    first, last = wanted[0].start - dt.timedelta(days=1), wanted[-1].end
    counts = source.slot_counts()
    present: dict[int, pa.Array] = {}
    if agreements is None or len(counts) > 1:
        present = {slots: source.points(con, slots, first, last) for slots in counts}
    if agreements is None:
        if len(tariffs) != 1:
            raise Refused("several tariffs need a table of agreements that says whose is which")
        return {s: (points, np.zeros(len(points), np.int64)) for s, points in present.items() if len(points)}
    ids = [t.id for t in tariffs]
    of = pc.index_in(agreements["tariff"].cast(pa.string()), pa.array(ids))
    if of.null_count:
        at = pc.index(pc.is_null(of), True).as_py()
        raise Refused(
            f"agreement {agreements['agreement'][at]} names the tariff {agreements['tariff'][at]}, which is not given",
            f"Known here: {', '.join(ids)}.",
        )
    points = agreements["point"].cast(pa.string()).combine_chunks()
    if len(points.unique()) != len(points):
        raise Refused("a point stands in two agreements", "Give each point to one agreement.")
    index = of.combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64)
    if len(counts) <= 1:
        return dict.fromkeys(counts, (points, index))
    left = np.ones(len(points), bool)
    result = {}
    for slots in counts:
        mine = np.asarray(pc.is_in(points, present[slots]))
        if (mine & ~left).any():
            at = int(np.flatnonzero(mine & ~left)[0])
            raise Refused(f"point {points[at]} has readings of two intervals in the span", "Keep one of them.")
        left &= ~mine
        result[slots] = (points.filter(pa.array(mine)), index[mine])
    if left.any():  # without any readings: named among the exceptions of the first slot count
        kept, kept_index = result[counts[0]]
        rest = points.filter(pa.array(left))
        result[counts[0]] = (pa.concat_arrays([kept, rest]), np.concatenate([kept_index, index[left]]))
    return result


def _chunks(plan: Plan, measured: Measured, index: int) -> Iterator[slice]:
    """Rows of the determinants of one tariff, a bounded number of agreements at a time."""
    lo = int(np.searchsorted(plan.tariff_of, index, side="left"))
    hi = int(np.searchsorted(plan.tariff_of, index, side="right"))
    for first in range(lo, hi, CHUNK):
        edges = np.searchsorted(measured.number, [first, min(first + CHUNK, hi)])
        if edges[1] > edges[0]:
            yield slice(int(edges[0]), int(edges[1]))


def _price(plan: Plan, con: Any, measured: Measured, index: int, rows: slice, digits: int) -> pa.Table | None:
    tariff = plan.tariffs[index]
    width = len(tariff.calendar.periods)
    exact = measured.energy[rows, :width]
    _refuse_negative(plan, measured, rows, exact)
    step = tariff.rounding.energy
    number, period = measured.number[rows], measured.bill[rows]
    bills = Bills(
        number=number,
        period=period,
        periods=plan.periods,
        energy=exact if step == 1 else (exact + step // 2) // step * step,
        energy_exact=exact,
        season=_season(plan, tariff)[period],
        demand={key: values[rows] for key, values in measured.demand.items()},
    )
    if not bills.wanted.any():
        return None
    if tariff.tiers is not None and tariff.tiers.pooling is Pooling.TIME_ORDER:
        bills.in_order = fill_in_order(plan, con, bills, index)
    charges = price_bills(bills, tariff, plan.calendars.of)
    first = int(number[0])
    header = Header(
        agreements=plan.points.slice(first, int(number[-1]) - first + 1),
        number=(number - first).astype(np.int32),
        start=bills.start,
        end=bills.end,
        wanted=bills.wanted,
        currency=tariff.currency,
        clause_prefix=f"{tariff.id}@{tariff.valid_from}#" if tariff.valid_from else f"{tariff.id}#",
        money_digits=Pricing.of(tariff).digits,
    )
    return to_table(header, charges, money_digits=digits)


def _season(plan: Plan, tariff: Tariff) -> np.ndarray[Any, np.dtype[np.int16]]:
    calendar = tariff.calendar
    at = [(p.start - calendar.first_day).days for p in plan.periods]
    found: np.ndarray[Any, np.dtype[np.int16]] = calendar.season_of_day[
        np.clip(at, 0, len(calendar.season_of_day) - 1)
    ].astype(np.int16)
    return found


def _refuse_negative(plan: Plan, measured: Measured, rows: slice, energy: Any) -> None:
    if energy.size and energy.min() < 0:
        at = int(np.flatnonzero((energy < 0).any(axis=1))[0]) + rows.start
        raise Refused(
            f"point {plan.points[int(measured.number[at])]} has negative energy from "
            f"{plan.periods[int(measured.bill[at])].start}",
            "Import its readings into a lake, which finds negative slots and estimates them.",
        )


def _exceptions(plan: Plan, measured: Measured) -> pa.Table:
    wanted = np.array([p.wanted for p in plan.periods])
    short = np.flatnonzero((measured.slots != measured.expected) & wanted[measured.bill])
    seen = np.zeros((len(plan.points), len(plan.periods)), bool)
    seen[measured.number, measured.bill] = True
    nobody, bill = np.nonzero(~seen & wanted[None, :])
    number = np.concatenate([measured.number[short], nobody]).astype(np.int32)
    bills = np.concatenate([measured.bill[short], bill]).astype(np.int64)
    found = np.concatenate([measured.slots[short], np.zeros(len(nobody), np.int64)])
    due = np.zeros((len(plan.calendars.list), len(plan.periods)), np.int64)
    for (calendar, at), count in plan.reckoning.expected.items():
        due[calendar, at] = count
    starts = np.array([np.datetime64(p.start) for p in plan.periods])
    ends = np.array([np.datetime64(p.end) for p in plan.periods])
    return pa.table(
        {
            "agreement": plan.points.take(pa.array(number)),
            "period_start": pa.array(starts[bills]).cast(pa.date32()),
            "period_end": pa.array(ends[bills]).cast(pa.date32()),
            "what": pa.array(["incomplete readings"] * len(short) + ["no readings"] * len(nobody), pa.string()),
            "found": pa.array(found),
            "expected": pa.array(due[plan.main[plan.tariff_of[number]], bills]),
        }
    )


class _Writer:
    """Takes tables of lines: into a Parquet file, made whole or not at all, or into memory."""

    def __init__(self, path: Path | None, lines: pa.Schema) -> None:
        self.path, self.schema = path, lines
        self.kept: list[pa.Table] = []
        self.partial = path.with_name(f".{path.name}.partial") if path else None
        self.writer: pq.ParquetWriter | None = None

    def __enter__(self) -> _Writer:
        if self.partial is not None:
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            self.writer = pq.ParquetWriter(self.partial, self.schema, compression="zstd")
        return self

    def __call__(self, table: pa.Table) -> None:
        if self.writer is not None:
            self.writer.write_table(table)
        else:
            self.kept.append(table)

    def __exit__(self, kind: object, *_: object) -> None:
        if self.writer is not None and self.partial is not None and self.path is not None:
            self.writer.close()
            if kind is None:
                self.partial.replace(self.path)
            else:
                self.partial.unlink(missing_ok=True)

    def table(self) -> pa.Table | None:
        """The lines kept in memory; None where they went to a file."""
        if self.path is not None:
            return None
        return pa.concat_tables(self.kept).unify_dictionaries() if self.kept else self.schema.empty_table()
