"""Rating a run: started by somebody, done by a job, and ended with what the bills came to."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from wattloop.apps.billing.models import Bill, BillRun
from wattloop.apps.billing.moving import at_work, moved
from wattloop.apps.billing.queries import by_tariff
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.models import FolderVersion
from wattloop.apps.records import jobs
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity.refusal import Refused

State = BillRun.State


@service
def rate(run: BillRun, *, by: Actor) -> BillRun:
    """Have a run rated, or rated again after something was mended; its bills are booked anew.

    Raises:
        Refused: where it is approved or further, at work already, or no tariff is in force.
    """
    from wattloop.apps.billing.tasks import rate as task
    from wattloop.apps.metering.lake import open_lake

    gate.require(by, "billing.run.rate", run.unit)
    if at_work(run):
        raise Refused(_("this run is being rated already"), _("Wait for it, or cancel it."))
    if not FolderVersion.objects.exists():
        raise Refused(_("no enterprise folder is loaded"), _("Load one: wattloop enterprise load FOLDER."))
    before = moved(
        run, {State.PLANNED, State.DETERMINANTS, State.RATED, State.CHECKED}, State.DETERMINANTS,
        attempt=run.attempt + 1, booked=None, problem="", folder_version=FolderVersion.objects.first(),
        lake_version=open_lake().snapshot().version,
    )  # fmt: skip
    job = jobs.start(task, run.pk, run.attempt, key=f"billing.rate:{run.pk}:{run.attempt}", about=run, by=by)
    BillRun.objects.filter(pk=run.pk).update(job=job.pk)
    run.job = job.pk
    audit("billing.run.rate", run, by=by, before=before, after={"state": run.state, "lake_version": run.lake_version})
    return run


@service
def rated(run: BillRun, booked: int, *, by: Actor, seconds: dict[str, Any]) -> BillRun:
    """Write down what a rated run came to; the checks begin by themselves.

    Args:
        run: at work.
        booked: the number of its booking.
        seconds: how long each step took.
    """
    from wattloop.apps.billing.tasks import check as task

    gate.require(by, "billing.run.rate", run.unit)
    sums = Bill.objects.filter(run=run).aggregate(
        planned=Count("pk"),
        bills=Count("pk", filter=Q(state=Bill.State.RATED)),
        held=Count("pk", filter=Q(state=Bill.State.HELD)),
        amount=Sum("amount"),
        energy_wh=Sum("energy_wh"),
    )
    told = {name: value or 0 for name, value in sums.items()}
    currency = enterprise.settings().currency
    before = moved(
        run, {State.DETERMINANTS}, State.RATED, booked=booked, seconds=seconds, currency=currency,
        by_tariff=by_tariff(run), **told,
    )  # fmt: skip
    job = jobs.start(task, run.pk, run.attempt, key=f"billing.check:{run.pk}:{run.attempt}", about=run, by=by)
    BillRun.objects.filter(pk=run.pk).update(job=job.pk)
    audit("billing.run.rated", run, by=by, before=before, after={"state": run.state, "booked": booked, **told})
    return run


@service
def not_rated(run: BillRun, problem: str, *, by: Actor) -> BillRun:
    """Write down why a run could not be rated; it is planned still, to be rated again when that is mended."""
    gate.require(by, "billing.run.rate", run.unit)
    before = moved(run, {State.DETERMINANTS}, State.PLANNED, problem=problem)
    audit("billing.run.not-rated", run, by=by, before=before, after={"state": run.state, "problem": problem})
    return run


@service
def nothing_to_correct(run: BillRun, *, by: Actor) -> BillRun:
    """End a correction that found nothing: every bill of its run is as it should be."""
    gate.require(by, "billing.run.rate", run.unit)
    problem = _("Nothing has changed since these bills were issued: there is nothing to correct.")
    before = moved(run, {State.DETERMINANTS}, State.CANCELLED, problem=problem)
    audit("billing.run.nothing-to-correct", run, by=by, before=before, after={"state": run.state})
    return run
