"""The audit's pages, an object's history, and stored files."""

from __future__ import annotations

from csp.decorators import csp
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wattloop.apps.enterprise import gate
from wattloop.apps.records import files, queries, services
from wattloop.apps.records.models import Job
from wattloop.faces.console.records import seeing, showing
from wattloop.faces.console.records.tables import EntryFilter, EntryTable
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing

OF_AN_OBJECT = 50


@needs("records.audit.view")
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what, and how far it is sealed."""
    return listing(
        request,
        seeing.entries(request.user),
        EntryTable,
        title=_("Audit"),
        filters=EntryFilter,
        template="console/records/audit.html",
        name="audit",
        crumbs=[(_("Enterprise"), ""), (_("Audit"), "")],
        seal=queries.seal_status(),
        verified=Job.objects.filter(task=services.VERIFY, state=Job.State.DONE).order_by("-made_at").first(),
        may_verify=seeing.everywhere(request.user, "records.audit.verify"),
    )


@needs("records.audit.view")
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry with all it says."""
    found = get_object_or_404(seeing.entries(request.user).select_related("batch"), pk=pk)
    told = {
        "entry": found,
        "changes": showing.changes(found),
        "words": showing.words(found.action),
        "kind": showing.kind(found.object_type),
        "url": showing.address(found.object_type, found.object_id),
    }
    return render(request, "console/records/entry.html", told)


@needs("records.audit.verify")
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Have the whole chain computed again, as a job."""
    if not seeing.everywhere(request.user, "records.audit.verify"):
        raise gate.NotAllowed(f"{request.user.actor} may not verify the audit", "Ask whoever gives out roles.")
    return redirect("records:job", pk=services.verify_audit(by=request.user).pk)


@needs("records.audit.view")
def history(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    """What was done to an object, as a part of its page."""
    rows = list(seeing.entries(request.user).filter(object_type=kind, object_id=pk)[: OF_AN_OBJECT + 1])
    told = {
        "entries": [(row, showing.words(row.action), showing.changes(row)) for row in rows[:OF_AN_OBJECT]],
        "more": len(rows) > OF_AN_OBJECT,
        "kind": kind,
        "pk": pk,
    }
    return render(request, "console/records/history.html", told)


@login_required
@csp({"default-src": ["'none'"], "sandbox": [True]})
def file(request: HttpRequest, pk: int) -> FileResponse:
    """A stored file, to be kept: nothing of it is shown or run as a page of ours."""
    stored = get_object_or_404(seeing.files(request.user), pk=pk)
    at = files.path(stored)
    if not at.is_file():
        raise Http404
    response = FileResponse(at.open("rb"), as_attachment=True, filename=stored.name, content_type=stored.media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
