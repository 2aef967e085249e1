"""Planning a run: it claims agreements and their period by bills, so that no second run can bill them."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from wattloop.apps.billing.models import Bill, BillException, BillRun, Shock
from wattloop.apps.billing.moving import moved, one_plans_at_a_time
from wattloop.apps.billing.scope import Scope, claimed, left_over, meant
from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import Unit
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

LONGEST = 366
BEFORE_ISSUE = ("planned", "determinants", "rated", "checked", "approved")


@service
def plan(unit: Unit, start: dt.date, end: dt.date, *, by: Actor, scope: Scope | None = None, name: str = "") -> BillRun:
    """Plan a run of every agreement that is meant and not billed yet.

    Args:
        unit: whose agreements, with all units below it.
        start: first local day billed.
        end: the day after the last.
        scope: narrows it; without one, everybody.
        name: what people call it; the period by default.

    Raises:
        Refused: where nobody is left to bill, or somebody is billed already for part of the period.
    """
    gate.require(by, "billing.run.plan", unit)
    scope = scope or Scope()
    if not 0 < (end - start).days <= LONGEST:
        raise Refused(_("a bill covers 1 to %d days") % LONGEST, _("Choose another last day."), field="end")
    one_plans_at_a_time()
    everybody = meant(scope, unit, start, end)
    _refuse_overlaps(everybody, start, end)
    run: BillRun = BillRun.objects.create(
        name=name or _named(start, end), unit=unit, period_start=start, period_end=end, scope=scope.plain(),
        made_by=by.actor, made_at=clock.now(),
    )  # fmt: skip
    taken = _take_over(run, everybody)
    run.planned = taken + _claim(run, everybody)
    if not run.planned:
        raise Refused(
            _("no agreement is left to bill for this period"),
            _("Others have claimed them all, or none is in force then: look at the runs of the period."), field="scope",
        )  # fmt: skip
    run.save(update_fields=["planned"])
    audit("billing.run.plan", run, by=by, after={"scope": run.scope, "planned": run.planned, "taken_over": taken})
    return run


def _named(start: dt.date, end: dt.date) -> str:
    whole_month = start.day == 1 and end == (start + dt.timedelta(days=32)).replace(day=1)
    return f"{start:%Y-%m}" if whole_month else f"{start} – {end - dt.timedelta(days=1)}"


def _refuse_overlaps(everybody: QuerySet[Agreement], start: dt.date, end: dt.date) -> None:
    other = claimed(start, end).exclude(period_start=start, period_end=end)
    first = other.filter(agreement__in=everybody.values("pk")).select_related("agreement", "run").first()
    if first is not None:
        raise Refused(
            _("agreement %(number)s is billed from %(first)s to %(last)s in run %(run)s, which overlaps")
            % {"number": first.agreement.number, "first": first.period_start,
               "last": first.period_end - dt.timedelta(days=1), "run": first.run.name},
            _("Choose a period that begins after it, or leave those agreements out."), field="start",
        )  # fmt: skip


def _take_over(run: BillRun, everybody: QuerySet[Agreement]) -> int:
    """Bills that an issued run held back become this run's, with what was found about them."""
    found = list(
        left_over(run.period_start, run.period_end)
        .filter(agreement__in=everybody.values("pk"))
        .values_list("pk", flat=True)
    )
    for first in range(0, len(found), 5_000):
        some = found[first : first + 5_000]
        Bill.objects.filter(pk__in=some).update(run=run, state=Bill.State.PLANNED)
        BillException.objects.filter(bill__in=some).update(run=run, state=BillException.State.OPEN)
    return len(found)


def _claim(run: BillRun, everybody: QuerySet[Agreement]) -> int:
    """One statement, however many: the rows are made in the database."""
    taken = claimed(run.period_start, run.period_end).filter(agreement=OuterRef("pk"))
    free, values = everybody.filter(~Exists(taken)).order_by().values("id").query.sql_with_params()
    quoted = connection.ops.quote_name(Bill._meta.db_table)
    fixed = (run.pk, run.period_start, run.period_end, 0, "planned", "", "", 0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quoted} (run_id, agreement_id, period_start, period_end, sequence, state, tariff, currency,"
            f" line_count) SELECT %s, free.id, %s, %s, %s, %s, %s, %s, %s FROM ({free}) AS free",
            [*fixed, *values],
        )
        return int(cursor.rowcount)


@service
def plan_correction(run: BillRun, *, by: Actor) -> BillRun:
    """Plan the correction of an issued run: what changed since, rated again and billed by difference.

    Raises:
        Refused: where the run is not issued, is a correction itself, or one is under way.
    """
    gate.require(by, "billing.run.plan", run.unit)
    one_plans_at_a_time()
    if run.kind != BillRun.Kind.ORIGINAL or run.state != BillRun.State.ISSUED:
        raise Refused(_("only a run of bills that is issued is corrected"), _("Issue it first."))
    ended = (BillRun.State.ISSUED, BillRun.State.CANCELLED)
    under_way = BillRun.objects.filter(corrects=run).exclude(state__in=ended).first()
    if under_way is not None:
        raise Refused(
            _("run %s corrects it already, and is not issued yet") % under_way.pk, _("Issue or cancel that one first.")
        )
    made: BillRun = BillRun.objects.create(
        kind=BillRun.Kind.CORRECTION, name=run.name, unit=run.unit, period_start=run.period_start,
        period_end=run.period_end, scope=run.scope, corrects=run, made_by=by.actor, made_at=clock.now(),
    )  # fmt: skip
    audit("billing.run.correct", made, by=by, after={"corrects": run.pk})
    return made


@service
def cancel(run: BillRun, *, by: Actor, note: str = "") -> BillRun:
    """Give a run up before it is issued; it lets go of everybody it had claimed.

    Raises:
        Refused: where it is too late.
    """
    gate.require(by, "billing.run.cancel", run.unit)
    before = moved(run, BEFORE_ISSUE, BillRun.State.CANCELLED)
    Shock.objects.filter(bill__run=run).delete()
    BillException.objects.filter(run=run).delete()
    bills = Bill.objects.filter(run=run)
    bills._raw_delete(bills.db)  # nothing is left that hangs on them, so none need be looked at
    audit("billing.run.cancel", run, by=by, before=before, after={"state": run.state}, note=note)
    return run
