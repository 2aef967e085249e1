"""What others read of the room: runs, bills, their lines, what waits for somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from wattloop.apps.billing import booking, history
from wattloop.apps.billing.models import Bill, BillException, BillRun
from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate

_BACK = Q(severity=BillException.Severity.BLOCK, state=BillException.State.OPEN) | Q(state=BillException.State.HELD)


def kept_back(run: BillRun) -> int:
    """How many rated bills an exception keeps from being issued: a blocking one is open, or somebody held it.

    Counted from what was found: that is little, and bills are many.
    """
    rows = BillException.objects.filter(_BACK, run=run, bill__state=Bill.State.RATED)
    count: int = rows.order_by().values("bill").distinct().count()
    return count


def by_tariff(run: BillRun) -> list[dict[str, Any]]:
    """What a run's bills come to by tariff, the largest amount first; summed when they change, not when looked at."""
    counting = (Bill.State.RATED, Bill.State.ISSUED)
    rows = Bill.objects.filter(run=run, state__in=counting).order_by().values("tariff")
    sums = rows.annotate(bills=Count("pk"), energy=Sum("energy_wh"), total=Sum("amount")).order_by("-total")
    return [
        {"tariff": one["tariff"], "bills": one["bills"], "energy_wh": one["energy"] or 0, "amount": one["total"]}
        for one in sums
    ]


def ready_of(run: BillRun) -> QuerySet[Bill]:
    """Rated bills of a run that nothing keeps from being issued."""
    back = BillException.objects.filter(_BACK, bill=OuterRef("pk"))
    found: QuerySet[Bill] = Bill.objects.filter(~Exists(back), run=run, state=Bill.State.RATED)
    return found


def bills_of(agreement: Agreement) -> QuerySet[Bill]:
    """An agreement's issued bills and corrections, the newest first."""
    found: QuerySet[Bill] = Bill.objects.filter(agreement=agreement, state=Bill.State.ISSUED)
    return found.order_by("-period_start", "-sequence")


def last_billed(agreements: Collection[int]) -> dict[int, dt.date]:
    """{agreement's id: the last day of its newest issued bill}."""
    issued = Bill.objects.filter(agreement__in=list(agreements), state=Bill.State.ISSUED)
    ends = issued.order_by().values("agreement_id").annotate(end=Max("period_end")).values_list("agreement_id", "end")
    return {agreement: end - dt.timedelta(days=1) for agreement, end in ends}


def lines_of(bill: Bill) -> list[dict[str, Any]]:
    """A bill's lines as they are booked, in their order; of a correction, its differences.

    Columns as in the library's line table; `amount` and `price` are Decimals of the currency.
    """
    import duckdb

    if bill.run.booked is None:
        return []
    con = duckdb.connect()
    try:
        found = con.sql(
            "SELECT * FROM read_parquet(?) WHERE agreement = ? ORDER BY line",
            params=[str(booking.lines_file(bill.run)), bill.agreement.number],
        ).to_arrow_table()
    finally:
        con.close()
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


@dataclass(frozen=True)
class Found:
    """How many exceptions of a run are there, by severity and state, and by rule."""

    blocking: int
    warning: int
    rules: dict[str, int]


def open_exceptions(run: BillRun) -> Found:
    """Those of a run that nobody decided yet."""
    rows = BillException.objects.filter(run=run, state=BillException.State.OPEN)
    counted = list(rows.order_by().values_list("rule", "severity").annotate(Count("pk")))
    return Found(
        sum(count for _, severity, count in counted if severity == BillException.Severity.BLOCK),
        sum(count for _, severity, count in counted if severity == BillException.Severity.WARN),
        {rule: count for rule, _, count in sorted(counted, key=lambda one: -one[2])},
    )


def alike(bill: Bill, months: int = 13) -> list[Bill]:
    """The bills of a bill's agreement up to its own, issued before or of the same run, the newest last."""
    mine = Q(state=Bill.State.ISSUED) | Q(pk=bill.pk)
    rows = Bill.objects.filter(mine, agreement=bill.agreement_id, period_start__lte=bill.period_start)
    return list(rows.order_by("-period_start", "-sequence")[: 2 * months])[::-1]


@dataclass(frozen=True)
class Todo:
    """What waits for somebody: runs by what is to be done next, open exceptions by severity."""

    rate: list[BillRun]
    check: list[BillRun]
    approve: list[BillRun]
    issue: list[BillRun]
    blocking: int
    warning: int
    mine: int


def todo(user: Any) -> Todo:
    """What waits for a user in this room."""
    state = BillRun.State

    def waiting(action: str, *states: str) -> list[BillRun]:
        rows = BillRun.objects.filter(state__in=states).select_related("unit")
        found = gate.visible(user, action, rows)
        return list((found.exclude(made_by=user.actor) if action.endswith("approve") else found)[:20])

    open_now = BillException.objects.filter(state=BillException.State.OPEN).exclude(run__state__in=[state.ISSUED])
    counted = gate.visible(user, "billing.exception.decide", open_now).aggregate(
        blocking=Count("pk", filter=Q(severity=BillException.Severity.BLOCK)),
        warning=Count("pk", filter=Q(severity=BillException.Severity.WARN)),
        mine=Count("pk", filter=Q(assigned=user.actor)),
    )
    return Todo(
        waiting("billing.run.rate", state.PLANNED), waiting("billing.run.check", state.RATED),
        waiting("billing.run.approve", state.CHECKED), waiting("billing.run.issue", state.APPROVED), **counted,
    )  # fmt: skip


def of_one_period(bill: Bill) -> list[Bill]:
    """A bill and its corrections, or the bill that a correction corrects and the others, in their order."""
    rows = Bill.objects.filter(agreement=bill.agreement_id, period_start=bill.period_start).select_related("run")
    return list(rows.order_by("sequence"))


def short_of(bill: Bill) -> list[dict[str, Any]]:
    """What rating missed of a bill: `point, what, found, expected`."""
    import duckdb

    if bill.run.booked is None:
        return []
    file = booking.lines_file(bill.run).with_name("exceptions.parquet")
    con = duckdb.connect()
    try:
        found = con.sql(
            "SELECT point, what, found, expected FROM read_parquet(?) WHERE agreement = ? ORDER BY point, what",
            params=[str(file), bill.agreement.number],
        ).to_arrow_table()
    finally:
        con.close()
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def use_by_month(bill: Bill, months: int = 13) -> list[tuple[dt.date, int]]:
    """First day and Wh of the months up to a bill's own, oldest first, without months of which nothing is known.

    Of its bills, issued or this one; else of the readings, where their sums have been made.
    """
    found: dict[dt.date, int] = dict(history.counted(bill, months))
    for one in alike(bill, months):
        start = one.period_start.replace(day=1)
        if one.energy_wh is not None:
            found[start] = one.energy_wh if not one.sequence else found.get(start, 0) + one.energy_wh
    first = history.months_before(bill.period_start, months - 1)[-1][1]
    return sorted((month, wh) for month, wh in found.items() if month >= first)
