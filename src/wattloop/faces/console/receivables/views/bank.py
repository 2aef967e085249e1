"""Bank files: sent, looked at before anything is taken in, and what became of each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from wattloop.apps.receivables import bankimport
from wattloop.apps.receivables.models import BankFile
from wattloop.apps.receivables.services import bank as services
from wattloop.apps.receivables.tasks import take_bank_file
from wattloop.apps.records import files, jobs
from wattloop.apps.records.models import Job, StoredFile
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.doing import attempt, told
from wattloop.faces.console.receivables.forms import FileForm
from wattloop.faces.console.receivables.tables import BankFileTable
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.library.quantity.refusal import Refused

TAKE = "receivables.payment.take"
LIMIT = 50 * 1024 * 1024


@needs(TAKE)
def bank(request: HttpRequest) -> HttpResponse:
    """Send a file, and those that were taken in."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        stored = attempt(
            form,
            lambda: files.store(
                sent, name=sent.name, kind=services.KIND, by=request.user, limit=LIMIT, accept=services.TEXT
            ),
        )
        if stored is not None:
            return redirect("receivables:look", stored.pk)
    return listing(
        request, BankFile.objects.all(), BankFileTable, title=_("Bank files"), name="bank-files",
        template="console/receivables/bank.html", form=form,
    )  # fmt: skip


@needs(TAKE)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """What taking a file in would do; sent, it is taken in by a job."""
    stored = get_object_or_404(StoredFile, pk=pk, kind=services.KIND)
    path = files.path(stored)
    if request.method == "POST":
        with told(request):
            begun = services.begin_bank_file(path, stored.name, digest=stored.digest, by=request.user)
            jobs.start(take_bank_file, begun.pk, by=request.user, about=begun, key=f"receivables.bank-file:{begun.pk}")
            messages.success(request, _("The file is being taken in."))
            return redirect("receivables:bank_file", begun.pk)
        return redirect("receivables:bank")
    try:
        seen = bankimport.preview(path, stored.name)
    except Refused as refused:
        return render(request, "console/receivables/look.html", {"stored": stored, "refused": refused})
    return render(request, "console/receivables/look.html", {
        "stored": stored, "seen": seen,
        "states": [(words.payment_state(state), count) for state, count in sorted(seen.states.items())],
        "shown": [(one, words.payment_state(one.state), [(each["number"], words.reasons(each["why"]))
                  for each in one.suggested[:1]]) for one in seen.shown],
    })  # fmt: skip


@needs(TAKE)
def bank_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a file."""
    found = get_object_or_404(BankFile.objects.select_related("refusals"), pk=pk)
    job = Job.objects.filter(about_type="receivables.BankFile", about_id=str(pk)).first()
    return render(request, "console/receivables/bank_file.html", {
        "file": found, "job": job,
        "states": [(words.payment_state(one["state"]), one["count"]) for one in _states(found)],
    })  # fmt: skip


def _states(found: BankFile) -> list[dict[str, Any]]:

    return list(found.payments.order_by("state").values("state").annotate(count=Count("id")))
