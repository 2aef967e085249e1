"""Files taken in: given, tried, shown with what they would change, taken; and tables given out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from wattloop.apps.customers import services
from wattloop.apps.customers.importing.exporting import export
from wattloop.apps.customers.importing.tables import TABLES, table_named
from wattloop.apps.customers.models import Import
from wattloop.apps.enterprise import gate
from wattloop.apps.records import files
from wattloop.apps.records.models import Job
from wattloop.faces.console.customers import words
from wattloop.faces.console.customers.forms import ImportForm, tell
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

IMPORT, EXPORT = "customers.customer.import", "customers.customer.export"


def _visible(request: HttpRequest) -> QuerySet[Import]:
    """Files of the reader; all of them to who may import everywhere."""
    rows = Import.objects.select_related("file", "refused")
    everywhere = gate.grants(request.user).units(IMPORT) is None
    return rows if everywhere else rows.filter(by=request.user.actor)


@needs(IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    """Give a file; those given before; what can be taken out."""
    form = ImportForm(request.POST or None, request.FILES or None, request=request)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = services.begin_import(file, table=form.cleaned_data["table"], name=file.name, by=request.user)
        except Refused as refused:
            tell(form, refused)
        else:
            return redirect("customers:import_one", made.pk)
    rows = [_told(one) for one in _visible(request)[:20]]
    out = [table for table in TABLES.values() if gate.may(request.user, table.view)]
    may_export = gate.may(request.user, EXPORT)
    context = {"form": form, "rows": rows, "tables": out if may_export else [], "known": _known(request)}
    return render(request, "console/customers/import.html", context)


def _known(request: HttpRequest) -> list[dict[str, Any]]:
    """Each table's columns, in both languages."""
    return [
        {"title": table.title, "columns": [(c.name, c.chinese, c.needed) for c in table.columns]}
        for table in TABLES.values()
        if gate.may(request.user, table.action)
    ]


def _told(one: Import) -> dict[str, Any]:
    state, tone = words.said(words.IMPORT_STATES, one.state), words.IMPORT_TONES[one.state]
    return {"import": one, "state": state, "tone": tone, "table": table_named(one.table).title, "report": one.report}


def _one(request: HttpRequest, pk: int) -> Import:
    found: Import | None = _visible(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@needs(IMPORT)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would change, and the button that takes it."""
    given = _one(request, pk)
    if request.method == "POST":
        try:
            services.take_import(given, by=request.user)
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("customers:import_one", pk)
    return render(request, "console/customers/import_one.html", _shown(given))


@needs(IMPORT)
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a fragment that asks again while a job runs."""
    return render(request, "console/customers/import_state.html", _shown(_one(request, pk)))


def _shown(given: Import) -> dict[str, Any]:
    running = given.state in (Import.State.TRYING, Import.State.TAKING)
    job = Job.objects.filter(about_type=Import._meta.label, about_id=str(given.pk)).first() if running else None
    return {**_told(given), "running": running, "job": job, "may_take": given.state == Import.State.TRIED}


@needs(IMPORT)
def refused(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The rows that were not taken, to mend and send again."""
    given = _one(request, pk)
    if given.refused is None:
        raise Http404
    return FileResponse(
        files.path(given.refused).open("rb"), as_attachment=True, filename=given.refused.name,
        content_type="text/csv; charset=utf-8",
    )  # fmt: skip


@needs(EXPORT)
def export_table(request: HttpRequest) -> HttpResponse | FileResponse:
    """A table as a file: CSV or XLSX of all rows that the reader may have."""
    table = TABLES.get(request.GET.get("table", ""))
    kind = request.GET.get("kind", "csv")
    if table is None or kind not in ("csv", "xlsx") or not gate.may(request.user, table.view):
        raise Http404
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.name}.{kind}"
        try:
            export(table, path, by=request.user)
        except Refused as refused:
            messages.error(request, _("%(what)s.") % {"what": refused.what})
            return redirect("customers:import")
        # An open file stays readable after its folder is gone.
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
