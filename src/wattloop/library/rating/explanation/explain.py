"""Why a bill is what it is: one agreement priced again, and everything kept that its lines follow from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.choosing import chosen
from wattloop.library.rating.agreements.model import Agreements, one_each
from wattloop.library.rating.agreements.periods import bill_periods, history
from wattloop.library.rating.agreements.table import from_table
from wattloop.library.rating.chunks import bills_of, chunks
from wattloop.library.rating.explanation.bill_document import Bill
from wattloop.library.rating.explanation.explained import bill_of
from wattloop.library.rating.explanation.grounds import Grounds, cut_out
from wattloop.library.rating.explanation.measured import measured_of as looked_at
from wattloop.library.rating.explanation.tariff_documents import carried
from wattloop.library.rating.measuring import engine
from wattloop.library.rating.measuring.plan import Plan
from wattloop.library.rating.measuring.sources import Source, source_of
from wattloop.library.rating.run import Job, determine
from wattloop.library.tariffs.compiled import Tariff


def explain(
    readings: Lake | Snapshot | pa.Table,
    tariffs: list[Tariff],
    start: dt.date,
    end: dt.date,
    *,
    agreement: str,
    agreements: pa.Table | Agreements | None = None,
    bill: str = "month",
    con: Any = None,
) -> list[Bill]:
    """The bills of one agreement, with every line explained; only its own points are read.

    Args:
        readings, tariffs, start, end, agreements, bill, con: as for `run`.
        agreement: its number; without agreements, the point.

    Raises:
        Refused: where there is no such agreement, or it has no bill in the span.
    """
    wanted = bill_periods(start, end, bill)
    own = con is None
    con = engine.duckdb() if own else con
    try:
        whom = _whom(agreements, agreement, tariffs)
        source = _OnlyPoints(source_of(readings), whom.points.point.to_pylist())
        job = Job.of(source, tariffs, whom, wanted, con)
        found = [bill for plan in job.plans() for bill in _bills(job, plan, agreement, tariffs, con)]
    finally:
        if own:
            con.disconnect()
    if not found:
        raise Refused(
            f"there is no bill of {agreement} from {start} up to {end}", "Check the span, and what the lake holds."
        )
    return sorted(found, key=lambda one: one.start)


def _whom(given: pa.Table | Agreements | None, name: str, tariffs: list[Tariff]) -> Agreements:
    """One agreement alone."""
    if given is None:
        ids = list(dict.fromkeys(tariff.id for tariff in tariffs))
        if len(ids) != 1:
            raise Refused("several tariffs need a table of agreements that says whose is which")
        return one_each(pa.array([name]), ids[0])
    every = from_table(given) if isinstance(given, pa.Table) else given
    at = pc.index(every.names, name).as_py()
    if at < 0:
        raise Refused(f"there is no agreement {name}", "Check its number.")
    return chosen(every, np.array([at], np.int64))


class _OnlyPoints:
    """A source of readings of which only some points are read; everything else is the source's own."""

    def __init__(self, source: Source, points: Sequence[str]) -> None:
        self.source, self.chosen = source, list(points)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    def rows(self, con: Any, slots: int, first: dt.date, last: dt.date, channel: str = ACTIVE_IN) -> ir.Table:
        """Day-rows of those points."""
        rows = self.source.rows(con, slots, first, last, channel)
        return rows.filter(rows.point.isin(self.chosen))

    def points(self, con: Any, slots: int, first: dt.date, last: dt.date) -> pa.Array:
        """Those of the points that have a day-row in the span."""
        found = self.rows(con, slots, first, last).select("point").distinct().to_pyarrow()
        return found["point"].cast(pa.string()).combine_chunks()


def _bills(job: Job, plan: Plan, agreement: str, tariffs: list[Tariff], con: Any) -> list[Bill]:
    measured, scans = determine(job, plan, con)
    found = []
    for chunk in chunks(plan, measured):
        made = [(plan.variants[number], bills_of(plan, con, measured, chunk, number)) for number in chunk.variants]
        piece = measured.bill[chunk.rows]
        for number in np.unique(plan.bill_of_pieces[piece[plan.wanted[piece]]]).tolist():
            priced = [(tariff, bills) for tariff, bills in made if (bills.mine & (bills.bill == number)).any()]
            rows = _rows_of(plan, piece, number, [tariff for tariff, _ in priced])
            used = rows + chunk.rows.start
            end = max(plan.periods[at].end for at in measured.bill[used].tolist())
            versions = plan.agreements.versions
            grounds = Grounds(
                agreement=agreement,
                bill=number,
                points=_points(plan),
                versions=versions,
                transformers=plan.agreements.transformers.get(0, ()),
                priced=[cut_out(bills, tariff, rows, plan.calendars.of, versions) for tariff, bills in priced],
                measured=looked_at(plan, measured, scans, con, used),
                lake=plan.source.version,
                documents=carried(tariffs, [tariff for tariff, _ in priced], end),
            )
            found.append(bill_of(grounds))
    return found


def _points(plan: Plan) -> dict[int, str | None]:
    points = plan.parts.point
    return {part: points[part].as_py() if points is not None else None for part in range(len(plan.parts.agreement))}


def _rows_of(plan: Plan, piece: npt.NDArray[np.int32], number: int, tariffs: list[Tariff]) -> Whole:
    """The rows of a bill, and those before it that its tariffs look back on."""
    own = plan.bill_of_pieces[piece] == number
    start = np.array([np.datetime64(period.start) for period in plan.periods])[piece]
    first = start[own].min()
    back = [history(tariff, first.item()) for tariff in tariffs]
    since = min((np.datetime64(periods[0].start) for periods in back if periods), default=first)
    return np.flatnonzero(own | ((since <= start) & (start < first)))
