"""The jobs' pages."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wattloop.apps.enterprise import gate
from wattloop.apps.records import outbox, services
from wattloop.apps.records.jobs import declared
from wattloop.apps.records.models import Job
from wattloop.faces.console.records import seeing, showing
from wattloop.faces.console.records.tables import JobFilter, JobTable
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

SHOWN_NOW = 20
# Without a word for so long, a worker is likely gone; its lease ends a little later.
SILENT = dt.timedelta(seconds=40)


@needs("records.job.view")
def jobs(request: HttpRequest) -> HttpResponse:
    """Jobs: those that run now, all that were asked for, and what runs by itself."""
    return listing(
        request,
        seeing.jobs(request.user).filter(every=None),
        JobTable,
        title=_("Jobs"),
        filters=JobFilter,
        template="console/records/jobs.html",
        name="jobs",
        crumbs=[(_("Enterprise"), ""), (_("Jobs"), "")],
        **_now(request),
        periodic=[_told(job) for job in seeing.jobs(request.user).filter(every__isnull=False).order_by("task")],
        stuck=outbox.stuck().count(),
    )


@needs("records.job.view")
def now(request: HttpRequest) -> HttpResponse:
    """The part of the page that shows what runs and waits, fetched again and again."""
    return render(request, "console/records/now.html", _now(request))


@login_required
def job(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A job with all that is known of it."""
    return render(request, "console/records/job.html", _detail(request, pk))


@login_required
def state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of a job's page that changes, fetched again until it has ended."""
    return render(request, "console/records/state.html", _detail(request, pk))


@login_required
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cancel a job."""
    return _do(request, pk, "records.job.cancel", lambda: services.cancel_job(pk, by=request.user))


@login_required
@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a job tried again."""
    return _do(request, pk, "records.job.retry", lambda: services.retry_job(pk, by=request.user))


def _do(request: HttpRequest, pk: UUID, action: str, act: Any) -> HttpResponse:
    found = get_object_or_404(seeing.jobs(request.user), pk=pk)
    if not _may(request, action, found):
        raise gate.NotAllowed(f"{request.user.actor} may not do {action}", "Ask whoever gives out roles.")
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("records:job", pk=pk)


def _may(request: HttpRequest, action: str, found: Job) -> bool:
    """Whoever may do it for the whole enterprise, and who asked for the job themselves."""
    return seeing.everywhere(request.user, action) or found.by == request.user.actor


def _now(request: HttpRequest) -> dict[str, Any]:
    alive = seeing.jobs(request.user).filter(state__in=["ready", "running"], every=None)
    found = list(alive.order_by("-state", "-priority", "run_after")[: SHOWN_NOW + 1])
    return {"alive": [_told(job) for job in found[:SHOWN_NOW]], "more": len(found) > SHOWN_NOW}


def _detail(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    found = seeing.jobs(request.user).defer(None).filter(pk=pk).first()
    if found is None:
        raise Http404
    live = not found.ended
    failed = found.state in {Job.State.FAILED, Job.State.CANCELLED}
    return _told(found) | {
        "may_cancel": live and found.every is None and _may(request, "records.job.cancel", found),
        "may_retry": failed and _may(request, "records.job.retry", found),
    }


def _told(job: Job) -> dict[str, Any]:
    silent = job.state == Job.State.RUNNING and job.heartbeat_at and clock.now() - job.heartbeat_at > SILENT
    return {
        "job": job,
        "title": declared.title(job.task),
        "tone": showing.TONES[job.state],
        "taken": showing.taken(job),
        "silent": bool(silent),
        "kind": showing.kind(job.about_type),
        "about_url": showing.address(job.about_type, job.about_id),
    }
