"""Checking a run again, as when a rule was changed, and ending its checks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wattloop.apps.billing.models import BillException, BillRun
from wattloop.apps.billing.moving import at_work, moved
from wattloop.apps.enterprise import gate
from wattloop.apps.records import jobs
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity.refusal import Refused

State = BillRun.State


@service
def check(run: BillRun, *, by: Actor) -> BillRun:
    """Have the bills of a rated run checked by the rules as they are now.

    Raises:
        Refused: where it is not rated, approved already, or at work.
    """
    from wattloop.apps.billing.tasks import check as task

    gate.require(by, "billing.run.check", run.unit)
    if at_work(run):
        raise Refused(_("this run is at work"), _("Wait for it."))
    before = moved(run, {State.RATED, State.CHECKED}, State.RATED)
    job = jobs.start(task, run.pk, run.attempt, key=f"billing.check:{run.pk}:{run.attempt}", about=run, by=by)
    BillRun.objects.filter(pk=run.pk).update(job=job.pk)
    run.job = job.pk
    audit("billing.run.check", run, by=by, before=before, after={"state": run.state})
    return run


@service
def checked(run: BillRun, *, by: Actor, seconds: dict[str, Any]) -> BillRun:
    """End the checks of a run; what they found waits for decisions."""
    gate.require(by, "billing.run.check", run.unit)
    found = BillException.objects.filter(run=run, state=BillException.State.OPEN)
    told = {one: found.filter(severity=one).count() for one in BillException.Severity.values}
    before = moved(run, {State.RATED}, State.CHECKED, seconds=seconds)
    audit("billing.run.checked", run, by=by, before=before, after={"state": run.state, "open": told})
    return run
