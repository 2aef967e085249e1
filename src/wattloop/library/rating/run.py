"""A run: readings and tariffs in, bill lines out, with what could not be billed said by name."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating import engine
from wattloop.library.rating.agreements import Agreements, History, agreements_of, no_readings, without_agreement
from wattloop.library.rating.bills import Bills, rounded_energy
from wattloop.library.rating.exceptions import SCHEMA, exceptions_of, unbilled
from wattloop.library.rating.lines import Header, schema, to_table
from wattloop.library.rating.measuring import Measured, Plan, measure
from wattloop.library.rating.periods import BillPeriod, bill_periods, check_validity, check_years, history
from wattloop.library.rating.price import price_bills
from wattloop.library.rating.pricing import Pricing
from wattloop.library.rating.sources import Source, source_of
from wattloop.library.rating.time_order import fill_in_order
from wattloop.library.rating.writing import LineWriter
from wattloop.library.tariffs.compiled import Pooling, Tariff

CHUNK = 5_000  # agreements priced at a time: what bounds a run's memory


@dataclass
class Run:
    """What a run did.

    Args:
        lines: the bill lines, unless they were written to a file.
        bills: how many bills.
        exceptions: Arrow table as `exceptions.SCHEMA`: bills that rest on incomplete readings or
            history, agreements without readings, points without an agreement.
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
        agreements: Arrow `agreement, point, tariff` (the tariff's id); an agreement has one point.
        out: a Parquet file for the lines; memory then does not grow with their number.
        threads: of the DuckDB made where `con` is not given.

    Raises:
        Refused: where something named does not exist, or a tariff cannot be priced.
    """
    source = source_of(readings)
    wanted = bill_periods(start, end, bill)
    _check_tariffs(tariffs)
    for tariff in tariffs:
        check_validity(tariff, wanted)
        check_years(tariff, wanted)
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
    wanted = bill_periods(start, end, bill)
    _check_tariffs(tariffs)
    own = con is None
    con = engine.duckdb() if own else con
    try:
        past = _past(tariffs, wanted)
        billed = agreements_of(source, tariffs, wanted, past, agreements, con)
        return [(plan, measure(plan, con)) for plan in _plans(source, tariffs, wanted, past, billed)]
    finally:
        if own:
            con.disconnect()


def _check_tariffs(tariffs: list[Tariff]) -> None:
    if not tariffs:
        raise Refused("no tariff is given", "Give at least one.")
    seen: set[str] = set()
    for tariff in tariffs:
        if not isinstance(tariff, Tariff):
            msg = f"a tariff is what tariffs.load or tariffs.from_urdb gives, not {type(tariff).__name__}"
            raise TypeError(msg)
        if tariff.id in seen:
            raise Refused(f"two tariffs are called {tariff.id}", "Give one of them, or another id.")
        seen.add(tariff.id)


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
    past = _past(tariffs, wanted)
    billed = agreements_of(source, tariffs, wanted, past, agreements, con)
    exceptions = [] if agreements is None else [unbilled(without_agreement(source, wanted, billed, con), wanted)]
    with LineWriter(out, schema(digits)) as sink:
        for plan in _plans(source, tariffs, wanted, past, billed):
            began = time.perf_counter()
            measured = measure(plan, con)
            seconds["determinants"] += time.perf_counter() - began
            exceptions.append(exceptions_of(plan, measured))
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
        if agreements is None and not result.bills:
            raise no_readings(wanted)
        result.lines = sink.table()
    result.exceptions = pa.concat_tables(exceptions) if exceptions else result.exceptions
    return result


def _past(tariffs: list[Tariff], wanted: list[BillPeriod]) -> list[History]:
    return [tuple(history(tariff, wanted[0].start)) for tariff in tariffs]


def _plans(
    source: Source, tariffs: list[Tariff], wanted: list[BillPeriod], past: list[History], billed: dict[int, Agreements]
) -> Iterator[Plan]:
    """One plan per slot count and length of history, so that nobody is read further back than needed."""
    for slots, everyone in billed.items():
        for before in sorted(set(past), key=len):
            these = [i for i, one in enumerate(past) if one == before]
            chosen = np.flatnonzero(np.isin(everyone.tariff_of, these))
            if not len(chosen):
                continue
            group = everyone.take(chosen[np.argsort(everyone.tariff_of[chosen], kind="stable")])
            renumbered = np.full(len(tariffs), -1, np.int32)
            renumbered[these] = np.arange(len(these))
            yield Plan(
                source,
                slots,
                group.names,
                group.points,
                renumbered[group.tariff_of],
                [tariffs[i] for i in these],
                [*before, *wanted],
            )


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
    number, period = measured.number[rows], measured.bill[rows]
    bills = Bills(
        number=number,
        period=period,
        periods=plan.periods,
        energy=rounded_energy(exact, tariff.rounding),
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
        agreements=plan.names.slice(first, int(number[-1]) - first + 1),
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
