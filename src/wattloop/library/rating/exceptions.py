"""What a run could not rest on whole readings: each case by name, so that nothing is lost or guessed in silence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.measuring.intervals import Measured
from wattloop.library.rating.measuring.plan import Scan
from wattloop.library.rating.measuring.registers import RegisterScan

AnyScan = Scan | RegisterScan
Days = npt.NDArray[np.datetime64]
INCOMPLETE, NO_READINGS = "incomplete readings", "no readings"
INCOMPLETE_REGISTERS = "incomplete registers"
INCOMPLETE_HISTORY, NO_AGREEMENT = "incomplete history", "no agreement"
NOT_HELD = (INCOMPLETE, INCOMPLETE_REGISTERS, NO_READINGS, INCOMPLETE_HISTORY, NO_AGREEMENT)
"""What an exception says that is no reason for holding a bill back."""

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
"""`found` and `expected` count readings, of registers days; both are null where there is no agreement."""


def exceptions_of(scan: AnyScan, measured: Measured) -> pa.Table:
    """The exceptions of one scan, as `SCHEMA`.

    INCOMPLETE bills lack readings (INCOMPLETE_REGISTERS: days), NO_READINGS agreements have none for a bill, and
    INCOMPLETE_HISTORY bills count on from earlier ones of the year or season (tiers, a yearly
    minimum) whose readings are not all there: what is missing counts as no use.
    """
    plan, due = scan.plan, scan.due
    short = np.flatnonzero((measured.slots != measured.expected) & plan.wanted[measured.bill])
    what = INCOMPLETE_REGISTERS if isinstance(scan, RegisterScan) else INCOMPLETE
    pieces = len(plan.periods)
    keys, parts = measured.keys(pieces), []
    for piece in np.flatnonzero(plan.wanted).tolist():
        asked = np.flatnonzero(due[scan.schedule_of, piece] > 0)
        key = asked * pieces + piece
        at = np.searchsorted(keys, key)
        seen = (
            (at < len(keys)) & (keys[np.minimum(at, len(keys) - 1)] == key) if len(keys) else np.zeros(len(key), bool)
        )
        nobody = asked[~seen]
        if len(nobody):
            bill = np.full(len(nobody), piece)
            parts.append(
                _table(
                    scan,
                    nobody,
                    bill,
                    bill,
                    NO_READINGS,
                    np.zeros(len(nobody), np.int64),
                    due[scan.schedule_of[nobody], piece],
                )
            )
    parts.insert(
        0, _table(scan, measured.number[short], measured.bill[short], measured.bill[short], what,
                  measured.slots[short], measured.expected[short]),
    )  # fmt: skip
    if not plan.wanted.all():
        parts.append(_history(scan, measured, due))
    return pa.concat_tables(parts)


def held_back(names: pa.Array, points: pa.Array, start: Days, end: Days, why: list[str]) -> pa.Table:
    """Bills that were held back, as `SCHEMA`; all arguments of one length."""
    none = pa.nulls(len(why), pa.int64())
    given = {
        "agreement": names,
        "point": points,
        "period_start": pa.array(start).cast(pa.date32()),
        "period_end": pa.array(end).cast(pa.date32()),
        "what": pa.array(why, pa.string()),
        "found": none,
        "expected": none,
    }
    return pa.table(given, schema=SCHEMA)


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


def _history(scan: AnyScan, measured: Measured, due: Whole) -> pa.Table:
    wanted, count = scan.plan.wanted, len(scan.legs)
    past = ~wanted[measured.bill]
    found = np.bincount(measured.number[past], measured.slots[past], count).astype(np.int64)
    expected = due[:, ~wanted].sum(axis=1)[scan.schedule_of]
    billed = np.zeros(count, bool)
    billed[measured.number[~past]] = True
    short = np.flatnonzero((found != expected) & billed)
    there = (due > 0) & ~wanted
    first = there.argmax(axis=1)[scan.schedule_of[short]]
    last = len(wanted) - 1 - there[:, ::-1].argmax(axis=1)[scan.schedule_of[short]]
    return _table(scan, short, first, last, INCOMPLETE_HISTORY, found[short], expected[short])


def _table(
    scan: AnyScan, number: npt.NDArray[np.integer], first: npt.NDArray[np.integer], last: npt.NDArray[np.integer],
    what: str, found: Whole, expected: Whole,
) -> pa.Table:  # fmt: skip
    plan = scan.plan
    starts = np.array([np.datetime64(p.start) for p in plan.periods])
    ends = np.array([np.datetime64(p.end) for p in plan.periods])
    leg = scan.legs[number]
    given = {
        "agreement": plan.names.take(pa.array(plan.parts.legs.part[leg])),
        "point": plan.points.take(pa.array(leg)),
        "period_start": pa.array(starts[first]).cast(pa.date32()),
        "period_end": pa.array(ends[last]).cast(pa.date32()),
        "what": pc.fill_null(pa.nulls(len(number), pa.string()), what),
        "found": pa.array(found),
        "expected": pa.array(expected),
    }
    return pa.table(given, schema=SCHEMA)
