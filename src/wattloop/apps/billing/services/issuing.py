"""Issuing (发行): a bill gets its number and its due date, and its charge is posted, in one transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from wattloop.apps.billing.due import classes_of, due_dates
from wattloop.apps.billing.models import Bill, BillRun
from wattloop.apps.billing.moving import at_work, moved
from wattloop.apps.billing.parts import Parts
from wattloop.apps.billing.queries import by_tariff, ready_of
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.services import take_numbers
from wattloop.apps.receivables.posting import NewCharge, post
from wattloop.apps.records import jobs
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

State = BillRun.State
CHUNK = 2_000


@service
def issue(run: BillRun, *, by: Actor, on: dt.date | None = None) -> BillRun:
    """Have an approved run issued; once begun, it is only ever finished.

    Args:
        run: approved, or issuing with its job ended by a failure that is mended.
        on: the bills' day; today by default.

    Raises:
        Refused: where it is not approved, or at work already.
    """
    from wattloop.apps.billing.tasks import issue as task

    gate.require(by, "billing.run.issue", run.unit)
    if at_work(run):
        raise Refused(_("this run is being issued already"), _("Wait for it."))
    again = run.state == State.ISSUING
    on = run.issued_on if again else on or enterprise.today()
    assert on is not None
    told = {} if again else {"issued_on": on}
    before = moved(run, {State.APPROVED, State.ISSUING}, State.ISSUING, issued_by=by.actor, problem="", **told)
    job = jobs.start(task, run.pk, key=f"billing.issue:{run.pk}", about=run, by=by)
    BillRun.objects.filter(pk=run.pk).update(job=job.pk)
    run.job = job.pk
    audit("billing.run.issue", run, by=by, before=before, after={"state": run.state, **told})
    return run


@service
def issue_some(run: BillRun, parts: Parts, *, by: Actor, count: int = CHUNK) -> int:
    """Issue the next bills of a run, and say how many: 0 when none is left.

    Args:
        run: issuing.
        parts: what of its amounts goes to which account.
        count: how many at most.
    """
    gate.require(by, "billing.run.issue", run.unit)
    held: BillRun = BillRun.objects.select_for_update().get(pk=run.pk)
    if held.state != State.ISSUING:
        raise Refused(f"bill run {run.pk} is {held.state}, not being issued")
    ready = ready_of(run).order_by("pk")
    bills = list(ready.values_list("pk", "agreement_id", "amount", "currency")[:count])
    if not bills:
        return 0
    assert held.issued_on is not None
    numbers = take_numbers("bill", len(bills), on=held.issued_on)
    due = _due(held, bills)
    post(_charges(held, bills, numbers, due, parts), by=by, text=held.name)
    _mark(held, bills, numbers, due)
    audit(
        "billing.bill.issue", held, by=by, note=_("asked for by %s") % held.issued_by,
        after={"bills": len(bills), "first": numbers[0], "last": numbers[-1], "amount": sum(row[2] for row in bills)},
    )  # fmt: skip
    return len(bills)


def _due(run: BillRun, bills: list[Any]) -> list[dt.date]:
    assert run.issued_on is not None
    last = run.period_end - dt.timedelta(days=1)
    classes = classes_of([agreement for _, agreement, _, _ in bills], last)
    days = due_dates(["", *classes.values()], run.issued_on)
    return [days[classes.get(agreement, "")] for _, agreement, _, _ in bills]


def _charges(run: BillRun, bills: list[Any], numbers: list[str], due: list[dt.date], parts: Parts) -> list[NewCharge]:
    assert run.issued_on is not None
    kind = "bill" if run.kind == BillRun.Kind.ORIGINAL else "correction"
    split = parts.of([row[0] for row in bills])
    return [
        NewCharge(
            key=f"bill:{pk}", agreement_id=agreement, kind=kind, reference=number, text=run.name,
            made_on=run.issued_on, due_on=day, amount=amount, currency=currency, parts=split[pk],
        )
        for (pk, agreement, amount, currency), number, day in zip(bills, numbers, due, strict=True)
        if split[pk]
    ]  # fmt: skip


def _mark(run: BillRun, bills: list[Any], numbers: list[str], due: list[dt.date]) -> None:
    table = connection.ops.quote_name(Bill._meta.db_table)
    rows = [(number, run.issued_on, day, row[0]) for row, number, day in zip(bills, numbers, due, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET state = 'issued', number = %s, issued_on = %s, due_on = %s WHERE id = %s", rows
        )


@service
def issued(run: BillRun, *, by: Actor) -> BillRun:
    """End the issuing of a run: what was kept back stays so, and may be taken over by another run."""
    gate.require(by, "billing.run.issue", run.unit)
    Bill.objects.filter(run=run, state=Bill.State.RATED).update(state=Bill.State.HELD)
    done = Bill.objects.filter(run=run, state=Bill.State.ISSUED)
    sums = done.aggregate(amount=Sum("amount"), energy_wh=Sum("energy_wh"), due_on=Max("due_on"))
    told = {
        "issued": done.count(),
        "held": Bill.objects.filter(run=run, state=Bill.State.HELD).count(),
        "amount": sums["amount"] or 0,
        "energy_wh": sums["energy_wh"] or 0,
        "due_on": sums["due_on"],
    }
    totals = {"issued_at": clock.now(), "by_tariff": by_tariff(run)}
    before = moved(run, {State.ISSUING}, State.ISSUED, **totals, **told)
    audit("billing.run.issued", run, by=by, before=before, after={"state": run.state, **told})
    return run


@service
def not_issued(run: BillRun, problem: str, *, by: Actor) -> BillRun:
    """Write down why the issuing of a run stopped; what was issued stays, and it goes on from there."""
    gate.require(by, "billing.run.issue", run.unit)
    before = moved(run, {State.ISSUING}, State.ISSUING, problem=problem)
    audit("billing.run.not-issued", run, by=by, before=before, after={"problem": problem})
    return run
