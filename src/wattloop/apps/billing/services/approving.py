"""Approving a run: by somebody else than who planned it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from wattloop.apps.billing.models import BillRun
from wattloop.apps.billing.moving import moved
from wattloop.apps.billing.queries import kept_back
from wattloop.apps.enterprise import gate
from wattloop.apps.records.actors import Actor, System
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused


@service
def approve(run: BillRun, *, by: Actor, note: str = "") -> BillRun:
    """Approve a checked run. Bills that an exception keeps back are not part of what is approved.

    Raises:
        Refused: where it is not checked, there is no bill in it, whoever planned it approves, or a
            correction's exceptions are not all decided.
    """
    gate.require(by, "billing.run.approve", run.unit)
    if by.actor == run.made_by and not isinstance(by, System):
        raise Refused(_("whoever plans a run does not approve it"), _("Ask somebody else who may."))
    # Whoever is deciding an exception of it now is waited for.
    run.refresh_from_db(from_queryset=BillRun.objects.select_for_update())
    kept = kept_back(run)
    if run.bills <= (0 if run.kind == BillRun.Kind.CORRECTION else kept):
        raise Refused(_("there is no bill in this run that could be issued"), _("Decide its exceptions, or cancel it."))
    if run.kind == BillRun.Kind.CORRECTION and kept:
        raise Refused(
            _("%d corrections are kept back by exceptions, and a correction is issued whole") % kept,
            _("Decide its exceptions, or cancel it and mend what is wrong."),
        )
    before = moved(
        run, {BillRun.State.CHECKED}, BillRun.State.APPROVED, approved_by=by.actor, approved_at=clock.now()
    )  # fmt: skip
    audit("billing.run.approve", run, by=by, before=before, after={"state": run.state, "kept_back": kept}, note=note)
    return run
