"""From determinants to lines, a bounded number of agreements at a time.

Agreements of one part under one variant are priced together; those with several parts, or
whose tariff changes inside the span, are priced variant by variant and put together again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import Charge, Header, to_table
from wattloop.library.rating.charges.price import price_bills
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.rating.exceptions import held_back
from wattloop.library.rating.measuring.determined import Determined
from wattloop.library.rating.measuring.maxima import maxima_of
from wattloop.library.rating.measuring.plan import NOT_HERE, Plan
from wattloop.library.rating.measuring.time_order import fill_in_order
from wattloop.library.tariffs.compiled import Pooling, Tariff

CHUNK = 5_000  # parts priced at a time: what bounds a run's memory
LACKING = "a meter without readings"
UNPLACED = "energy that is agreed on falls into a period that its tariff does not have"
UNCLEAR = "registers that do not tell the periods of the bill"
TAKEN_OUT = "more is taken out of a meter than it counted"


@dataclass(eq=False)
class Chunk:
    """Neighbouring rows of the determinants, and the variants they are priced by."""

    rows: slice
    variants: list[int]


@dataclass(eq=False)
class Priced:
    """What a chunk came to."""

    lines: pa.Table | None
    held: list[pa.Table] = field(default_factory=list)


def chunks(plan: Plan, measured: Determined) -> Iterator[Chunk]:
    """A plan's determinants in pieces: first those of one variant each, then those of several."""
    variant = plan.only_variant
    edges = [0, *(np.flatnonzero(np.diff(variant)) + 1).tolist(), len(variant)]
    for low, high in itertools.pairwise(edges):
        if high == low:
            continue
        several = variant[low] == NOT_HERE
        first = low
        while first < high:
            last = min(first + CHUNK, high)
            # An agreement is not torn apart.
            while several and last < high and plan.parts.agreement[last] == plan.parts.agreement[last - 1]:
                last += 1
            lo, hi = np.searchsorted(measured.number, [first, last]).tolist()
            first = last
            if hi > lo:
                rows = slice(lo, hi)
                yield Chunk(rows, _variants(plan, measured, rows) if several else [int(variant[low])])


def _variants(plan: Plan, measured: Determined, rows: slice) -> list[int]:
    at = plan.variant_at[plan.schedule_of[measured.number[rows]], measured.bill[rows]]
    found: list[int] = np.unique(at[plan.wanted[measured.bill[rows]]]).tolist()
    return found


def charged(plan: Plan, con: Any, measured: Determined, chunk: Chunk) -> list[tuple[int, Bills, list[Charge]]]:
    """What a chunk is charged, variant by variant: its number, the rows as it prices them, and the charges."""
    found = []
    for variant in chunk.variants:
        made = bills_of(plan, con, measured, chunk, variant)
        if not made.mine.any():
            return []
        found.append((variant, made, price_bills(made, plan.variants[variant], plan.calendars.of)))
    return found


def price_chunk(plan: Plan, con: Any, measured: Determined, chunk: Chunk, digits: int) -> Priced:
    """The lines of a chunk, and the bills held back from it."""
    found = charged(plan, con, measured, chunk)
    if not found:
        return Priced(None)
    whole = whole_bills(plan, measured, chunk.rows)
    kept, held = held_bills(plan, measured, chunk.rows, [made for _, made, _ in found], whole)
    tables = [
        to_table(_header(plan, made, whole, kept, plan.variants[variant]), charges, money_digits=digits)
        for variant, made, charges in found
    ]
    in_order = len(tables) == 1 and (np.diff(whole.bill) >= 0).all()
    return Priced(tables[0][0] if in_order else _together(tables, whole), held)


def bills_of(plan: Plan, con: Any, measured: Determined, chunk: Chunk, variant: int) -> Bills:
    """The rows of a chunk as one variant prices them."""
    rows, tariff = chunk.rows, plan.variants[variant]
    number, period = measured.number[rows], measured.bill[rows]
    of_row = plan.variant_at[plan.schedule_of[number], period]
    mine = plan.wanted[period] & (of_row == variant)
    lacking = measured.lacking[rows]
    exact = _energy(plan, measured.energy[rows], of_row, variant, mine)
    negative = np.asarray((exact < 0).any(axis=1), np.bool_)
    _refuse_negative(plan, measured, rows, negative)
    exact = np.where((negative | lacking)[:, None], 0, exact) if (negative | lacking).any() else exact
    bills = Bills(
        number=number,
        period=period,
        periods=plan.periods,
        energy_exact=exact,
        rounding=tariff.rounding,
        season=seasons_of(tariff, plan.periods)[period],
        mine=mine,
        demand=maxima_of(plan, {key: values[rows] for key, values in measured.demand.items()}, of_row, variant),
        reactive=None if measured.reactive is None else measured.reactive[rows],
        active=None if measured.active is None else measured.active[rows],
        whole=None if measured.whole is None else measured.whole[rows],
        under=plan.tariff_of[of_row] if plan.cut else None,
        versions=plan.agreements.versions,
        version=plan.agreements.versions.at(plan.parts.agreement[number], plan.days_of_pieces[period]),
        source=plan.source_name,
    )
    bills.hold(lacking, LACKING)
    if measured.unplaced is not None:
        bills.hold(measured.unplaced[rows], UNPLACED)
    if measured.unclear is not None:
        bills.hold(measured.unclear[rows], UNCLEAR)
    bills.hold(negative, TAKEN_OUT)
    for why, without in measured.unmeasured.items():
        bills.hold(without[rows], why)
    if mine.any() and tariff.tiers is not None and tariff.tiers.pooling is Pooling.TIME_ORDER:
        bills.in_order = fill_in_order(plan, con, bills, tariff)
    return bills


def _energy(plan: Plan, energy: Whole, of_row: npt.NDArray[np.int32], variant: int, mine: Mask) -> Whole:
    """Energy by the periods of one variant; rows under another keep theirs where the names are the same."""
    periods = plan.variants[variant].calendar.periods
    width = len(periods)
    others = [v for v in np.unique(of_row).tolist() if v != variant and plan.variants[v].calendar.periods != periods]
    if energy.shape[1] < width:
        energy = np.pad(energy, ((0, 0), (0, width - energy.shape[1])))
    if not others:
        return energy[:, :width]
    found = np.where(mine[:, None], energy[:, :width], 0)
    found[of_row == variant] = energy[of_row == variant, :width]
    for other in others:
        rows = of_row == other
        for at, name in enumerate(plan.variants[other].calendar.periods):
            # Earlier days under other periods count towards yearly tiers; where a name is unknown, in the first period.
            found[rows, periods.index(name) if name in periods else 0] += energy[rows, at]
    same = [v for v in np.unique(of_row).tolist() if v != variant and v not in others]
    for other in same:
        found[of_row == other] = energy[of_row == other, :width]
    return found


def seasons_of(tariff: Tariff, periods: list[BillPeriod]) -> npt.NDArray[np.int16]:
    """The season that each piece begins in."""
    calendar = tariff.calendar
    at = [(p.start - calendar.first_day).days for p in periods]
    found: npt.NDArray[np.int16] = calendar.season_of_day[np.clip(at, 0, len(calendar.season_of_day) - 1)].astype(
        np.int16
    )
    return found


def _refuse_negative(plan: Plan, measured: Determined, rows: slice, negative: Mask) -> None:
    """Readings below zero are refused; a difference of meters below zero is held back by itself."""
    signs = plan.parts.legs.sign
    taken = np.zeros(len(plan.parts.agreement), bool)
    taken[plan.parts.legs.part[signs < 0]] = True
    wrong = np.flatnonzero(negative & ~taken[measured.number[rows]])
    if len(wrong):
        at = int(wrong[0]) + rows.start
        leg = int(np.flatnonzero(plan.parts.legs.part == measured.number[at])[0])
        raise Refused(
            f"point {plan.points[leg]} has negative energy from {plan.periods[int(measured.bill[at])].start}",
            "Import its readings into a lake, which finds negative slots and estimates them.",
        )


@dataclass(eq=False)
class WholeBills:
    """Row by row the bill that it is part of, over all parts of the agreement.

    Args:
        bill: int64[n], equal where rows are of one bill.
        start, end: datetime64[n], its days.
        segment: int32[n], counted from 1 inside the bill.
    """

    bill: Whole
    start: npt.NDArray[np.datetime64]
    end: npt.NDArray[np.datetime64]
    segment: npt.NDArray[np.int32]


def whole_bills(plan: Plan, measured: Determined, rows: slice) -> WholeBills:
    """The bills that some rows are of."""
    number, piece = measured.number[rows], measured.bill[rows]
    agreement = plan.parts.agreement[number]
    starts = np.array([np.datetime64(p.start) for p in plan.periods])[piece]
    ends = np.array([np.datetime64(p.end) for p in plan.periods])[piece]
    key = agreement * 2**32 + plan.bill_of_pieces[piece] + 2**31
    distinct, bill = np.unique(key, return_inverse=True)
    if len(distinct) == len(key):
        return WholeBills(np.arange(len(key)), starts, ends, np.ones(len(key), np.int32))
    bill = bill.reshape(-1)
    first = np.full(len(distinct), np.datetime64("9999-01-01"))
    last = np.full(len(distinct), np.datetime64("0001-01-01"))
    np.minimum.at(first, bill, starts)
    np.maximum.at(last, bill, ends)
    day = starts.astype("datetime64[D]").astype(np.int64) + 2**22
    spans, at = np.unique(bill * 2**23 + day, return_inverse=True)
    of_bill = spans // 2**23
    rank = np.arange(len(spans)) - np.searchsorted(of_bill, of_bill)
    return WholeBills(bill, first[bill], last[bill], (rank[at.reshape(-1)] + 1).astype(np.int32))


def held_bills(
    plan: Plan, measured: Determined, rows: slice, bills: list[Bills], whole: WholeBills
) -> tuple[Mask, list[pa.Table]]:
    """Rows of bills that stand; and the bills held back, for all their parts and segments, as exceptions."""
    kept = np.ones(rows.stop - rows.start, bool)
    tables: list[pa.Table] = []
    for why, mask in _reasons(bills):
        _, first = np.unique(np.where(mask, whole.bill, -1), return_index=True)
        at = first[mask[first]]
        kept &= ~np.isin(whole.bill, whole.bill[mask])
        part = pa.array(measured.number[rows][at])
        points = plan.parts.point.take(part) if plan.parts.point is not None else pa.nulls(len(at), pa.string())
        tables.append(held_back(plan.names.take(part), points, whole.start[at], whole.end[at], [why] * len(at)))
    return kept, tables


def _reasons(bills: list[Bills]) -> list[tuple[str, Mask]]:
    """Why bills are held back, each reason once, with the rows that it is of."""
    found: dict[str, Mask] = {}
    for made in bills:
        for mask, why in made.held:
            found[why] = found[why] | mask if why in found else mask
    return list(found.items())


def version_name(tariff: Tariff) -> str:
    """How clauses name a version of a tariff: its id, and the first day it is in force."""
    return f"{tariff.id}@{tariff.valid_from}" if tariff.valid_from else tariff.id


def _header(plan: Plan, bills: Bills, whole: WholeBills, kept: Mask, tariff: Tariff) -> Header:
    first, last = int(bills.number[0]), int(bills.number[-1])
    points = plan.parts.point
    mine = bills.mine & kept
    fresh = np.ones(bills.count, bool)
    shown = np.flatnonzero(mine)
    fresh[shown[1:]] = np.diff(whole.bill[shown]) != 0
    return Header(
        agreements=plan.names.slice(first, last - first + 1),
        points=points.slice(first, last - first + 1) if points is not None else None,
        number=(bills.number - first).astype(np.int32),
        start=whole.start,
        end=whole.end,
        segment_start=bills.start,
        segment_end=bills.end,
        segment=whole.segment,
        fresh=fresh,
        wanted=mine,
        currency=tariff.currency,
        clause_prefix=f"{version_name(tariff)}#",
        money_digits=Pricing.of(tariff).digits,
    )


def _together(made: list[tuple[pa.Table, npt.NDArray[np.intp]]], whole: WholeBills) -> pa.Table:
    """Lines of several variants in the order of their bills, counted anew."""
    every, row = pa.concat_tables([table for table, _ in made]), np.concatenate([rows for _, rows in made])
    bill = whole.bill[row]
    order = np.lexsort((row, bill))
    bill = bill[order]
    line = pa.array((np.arange(len(bill)) - np.searchsorted(bill, bill) + 1).astype(np.int32))
    every = every.take(pa.array(order))
    return every.set_column(every.column_names.index("line"), every.schema.field("line"), line)
