"""A proposed tariff: what it changes, in words and in the file, and its decision by a second person."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from wattloop.apps.enterprise import gate, queries, services
from wattloop.apps.enterprise.models import TariffOffer
from wattloop.faces.console.tariffs.tables import TONES, state
from wattloop.faces.console.tariffs.views import VIEW
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

DECIDE = "enterprise.tariff.decide"


class DecisionForm(forms.Form):
    """Yes or no, and why."""

    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed to send it back: what should change?"),
    )  # fmt: skip


@needs(VIEW)
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposal, waiting or decided."""
    return _page(request, get_object_or_404(TariffOffer, pk=pk), DecisionForm())


@require_POST
@needs(DECIDE)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it in force, or send it back."""
    offer, form = get_object_or_404(TariffOffer, pk=pk), DecisionForm(request.POST)
    if form.is_valid():
        accept = request.POST.get("do") == "accept"
        try:
            services.decide_tariff(offer, accept, form.cleaned_data["note"], by=request.user)
        except Refused as refused:
            offer.refresh_from_db()
            form.add_error("note" if refused.field == "note" else None, f"{refused.what}. {refused.mend}")
        else:
            said = _("%(id)s is in force.") if accept else _("%(id)s was sent back.")
            messages.success(request, said % {"id": offer.tariff})
            return redirect("tariffs:proposal", pk)
    return _page(request, offer, form, status=422)


def _page(request: HttpRequest, offer: TariffOffer, form: DecisionForm, status: int = 200) -> HttpResponse:
    before = TariffOffer.objects.filter(tariff=offer.tariff, state__in=["in-force", "replaced"], pk__lt=offer.pk)
    old = before.order_by("-id").first()
    new_text, old_text = _text(offer), _text(old) if old is not None else ""
    changes, problem = _changes(old, offer) if old is not None else ([], "")
    waits, mine = offer.state == TariffOffer.State.PROPOSED, offer.proposed_by == request.user.actor
    return render(request, "console/tariffs/proposal.html", {
        "offer": offer, "state": state(offer), "tone": TONES[offer.state], "old": old, "form": form, "waits": waits,
        "mine": mine, "may_decide": waits and not mine and gate.may(request.user, DECIDE),
        "changes": changes, "problem": problem,
        "lines": list(file_lines(old_text, new_text)), "text": new_text,
    }, status=status)  # fmt: skip


def _path(offer: TariffOffer) -> Path:
    return queries.version_folder(offer.version_id) / str(offer.file)


def _text(offer: TariffOffer) -> str:
    from wattloop.library.tariffs.positions import read_text
    from wattloop.library.tariffs.problems import Findings

    return read_text(_path(offer), Findings()) or ""


def _changes(old: TariffOffer, new: TariffOffer) -> tuple[list[tuple[str, list[str]]], str]:
    """What the proposal's last version changes against the one before it, in words; or why that cannot be told."""
    from wattloop.faces.console.tariffs import telling
    from wattloop.library import tariffs

    try:
        before, after = (tariffs.load_versions(_path(one))[-1] for one in (old, new))
    except tariffs.TariffRefused as refused:
        return [], "; ".join(f"{one.what} {one.mend}" for one in refused.problems)
    first = after.valid_from
    return telling.changes(before, after, first.year if first is not None else queries.today().year), ""


def file_lines(old: str, new: str) -> Any:
    """The lines that differ, each with its sort: added, removed, place or same."""
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm="")
    for number, line in enumerate(found):
        if number < 2:
            continue
        sort = {"+": "added", "-": "removed", "@": "place"}.get(line[0], "same")
        yield sort, line if sort == "place" else line[1:], line[0]
