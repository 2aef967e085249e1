"""What a service is, and the entry that each leaves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from wattloop.apps.records.actors import Actor
from wattloop.apps.records.models import AuditEntry, Job
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

VERIFY = "records.verify"
P = ParamSpec("P")
T = TypeVar("T")


def service(function: Callable[P, T]) -> Callable[P, T]:
    """Mark a function that changes state: all it does is one transaction."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction.atomic():
            return function(*args, **kwargs)

    run.is_service = True  # type: ignore[attr-defined]
    return run


def audit(
    action: str,
    about: models.Model | None = None,
    *,
    by: Actor,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    unit_path: str = "",
    note: str = "",
) -> AuditEntry:
    """Write what was done, in the transaction of the service that did it.

    Args:
        action: `room.thing.verb`, as in `billing.run.approve`.
        about: the object changed.
        by: who did it.
        before, after: the fields that changed, as they were and are; plain values.
        unit_path: of the unit whose business it is, so that its staff may read the entry.
        note: why, in the words of whoever did it.
    """
    told = {"object_type": "", "object_id": "", "object_name": ""}
    if about is not None:
        told = {"object_type": about._meta.label, "object_id": str(about.pk), "object_name": str(about)[:200]}
        unit = getattr(about, "unit", None)
        unit_path = unit_path or (unit.path if unit is not None else "")
    entry: AuditEntry = AuditEntry.objects.create(
        at=clock.now(), actor=by.actor, action=action, **told,
        unit_path=unit_path, before=_plain(before), after=_plain(after), note=note[:500],
    )  # fmt: skip
    return entry


def changed(thing: models.Model, **new: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set fields of an object, save those that differ, and return them as they were and as they are."""
    differing = {name: value for name, value in new.items() if getattr(thing, name) != value}
    before = {name: getattr(thing, name) for name in differing}
    for name, value in differing.items():
        setattr(thing, name, value)
    if differing:
        thing.save(update_fields=list(differing))
    return before, differing


def _plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str, list, dict)):
        return value
    return value.pk if isinstance(value, models.Model) else str(value)


# The gate stands one room above this one: whoever calls these has asked it.


@service
def cancel_job(job_id: Any, *, by: Actor, why: str = "") -> Job:
    """Have a job not run, or stop between two of its steps if it runs.

    Raises:
        Refused: for one that has ended, or that runs by itself.
    """
    job = _locked(job_id)
    if job.every is not None:
        raise Refused(_("this job runs by itself and cannot be cancelled"), _("It will run again in its next period."))
    if job.ended:
        raise Refused(_("this job has ended: %(state)s") % {"state": job.get_state_display()})
    if job.state == Job.State.READY:
        before, after = changed(job, state=Job.State.CANCELLED, ended_at=clock.now(), cancel_asked=True)
    else:
        before, after = changed(job, cancel_asked=True)
    audit("records.job.cancel", job, by=by, before=before, after=after, note=why)
    return job


@service
def retry_job(job_id: Any, *, by: Actor) -> Job:
    """Have a job that failed or was cancelled wait again, with all its attempts.

    Raises:
        Refused: for any other, and while another job of its key has not ended.
    """
    job = _locked(job_id)
    if job.state not in {Job.State.FAILED, Job.State.CANCELLED}:
        raise Refused(
            _("this job is %(state)s") % {"state": job.get_state_display()},
            _("Only one that failed or was cancelled is tried again."),
        )
    alive = Job.objects.filter(key=job.key, state__in=[Job.State.READY, Job.State.RUNNING])
    if job.key and alive.exists():
        raise Refused(_("another job does the same work already"), _("Wait for it to end."))
    before, after = changed(
        job, state=Job.State.READY, run_after=clock.now(), ended_at=None, attempts=0, cancel_asked=False, error=""
    )
    audit("records.job.retry", job, by=by, before=before, after=after)
    return job


@service
def verify_audit(*, by: Actor) -> Job:
    """Have the audit's whole chain computed again, as a job; the one that does it already, where there is one."""
    from wattloop.apps.records import jobs
    from wattloop.apps.records.tasks import verify

    job = jobs.start(verify, by=by, key=VERIFY)
    audit("records.audit.verify", job, by=by)
    return job


def _locked(job_id: Any) -> Job:
    job: Job = Job.objects.select_for_update().get(pk=job_id)
    return job
