"""What a run could not rest on whole readings: each case by name, so that nothing is lost or guessed in silence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.rating.lines import Whole
from wattloop.library.rating.measuring import Measured, Plan
from wattloop.library.rating.periods import BillPeriod

INCOMPLETE, NO_READINGS = "incomplete readings", "no readings"
INCOMPLETE_HISTORY, NO_AGREEMENT = "incomplete history", "no agreement"

SCHEMA = pa.schema(
    [
        ("agreement", pa.string()),
        ("point", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("what", pa.string()),
        ("found", pa.int64()),
        ("expected", pa.int64()),
    ]
)
"""`found` and `expected` count readings; both are null where there is no agreement."""


def exceptions_of(plan: Plan, measured: Measured) -> pa.Table:
    """The exceptions of one plan, as `SCHEMA`.

    INCOMPLETE bills lack readings, NO_READINGS agreements have no bill for a period, and
    INCOMPLETE_HISTORY bills count on from earlier ones of the year or season (tiers, a yearly
    minimum) whose readings are not all there: what is missing counts as no use.
    """
    wanted = np.array([p.wanted for p in plan.periods])
    due = _due(plan)
    short = np.flatnonzero((measured.slots != measured.expected) & wanted[measured.bill])
    seen = np.zeros((len(plan.points), len(plan.periods)), bool)
    seen[measured.number, measured.bill] = True
    nobody, bill = np.nonzero(~seen & wanted[None, :])
    zero = np.zeros(len(nobody), np.int64)
    starts = np.array([np.datetime64(p.start) for p in plan.periods])
    ends = np.array([np.datetime64(p.end) for p in plan.periods])
    parts = [
        _table(
            plan, measured.number[short], starts[measured.bill[short]], ends[measured.bill[short]], INCOMPLETE,
            measured.slots[short], measured.expected[short],
        ),
        _table(
            plan, nobody, starts[bill], ends[bill], NO_READINGS, zero, due[plan.main[plan.tariff_of[nobody]], bill]
        ),
    ]  # fmt: skip
    if not wanted.all():
        parts.append(_history(plan, measured, wanted, due, starts, ends))
    return pa.concat_tables(parts)


def unbilled(points: pa.Array, periods: list[BillPeriod]) -> pa.Table:
    """Points with readings that no agreement names, as `SCHEMA`."""
    given = {
        "agreement": pa.nulls(len(points), pa.string()),
        "point": points,
        "period_start": pa.array([periods[0].start] * len(points), pa.date32()),
        "period_end": pa.array([periods[-1].end] * len(points), pa.date32()),
        "what": pa.array([NO_AGREEMENT] * len(points), pa.string()),
        "found": pa.nulls(len(points), pa.int64()),
        "expected": pa.nulls(len(points), pa.int64()),
    }
    return pa.table(given, schema=SCHEMA)


def _due(plan: Plan) -> Whole:
    """int64[calendars, periods]: readings that whole coverage amounts to."""
    due = np.zeros((len(plan.calendars.list), len(plan.periods)), np.int64)
    for (calendar, at), count in plan.reckoning.expected.items():
        due[calendar, at] = count
    return due


def _history(
    plan: Plan, measured: Measured, wanted: npt.NDArray[np.bool_], due: Whole,
    starts: npt.NDArray[np.datetime64], ends: npt.NDArray[np.datetime64],
) -> pa.Table:  # fmt: skip
    past = ~wanted[measured.bill]
    found = np.bincount(measured.number[past], measured.slots[past], len(plan.points)).astype(np.int64)
    expected = due[:, ~wanted].sum(axis=1)[plan.main[plan.tariff_of]]
    billed = np.zeros(len(plan.points), bool)
    billed[measured.number[~past]] = True
    short = np.flatnonzero((found != expected) & billed)
    first, last = starts[~wanted].min(), ends[~wanted].max()
    return _table(
        plan, short, np.full(len(short), first), np.full(len(short), last), INCOMPLETE_HISTORY, found[short],
        expected[short],
    )  # fmt: skip


def _table(
    plan: Plan, number: npt.NDArray[np.integer], start: npt.NDArray[np.datetime64], end: npt.NDArray[np.datetime64],
    what: str, found: Whole, expected: Whole,
) -> pa.Table:  # fmt: skip
    at = pa.array(number.astype(np.int64))
    given = {
        "agreement": plan.names.take(at),
        "point": plan.points.take(at),
        "period_start": pa.array(start).cast(pa.date32()),
        "period_end": pa.array(end).cast(pa.date32()),
        "what": pc.fill_null(pa.nulls(len(number), pa.string()), what),
        "found": pa.array(found),
        "expected": pa.array(expected),
    }
    return pa.table(given, schema=SCHEMA)
