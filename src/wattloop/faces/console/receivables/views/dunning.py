"""Dunning: what is due today, sent for chosen agreements; and what was sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import dunning
from wattloop.apps.receivables.models import Charge, Notice
from wattloop.apps.receivables.services import arrears
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.tables import NoticeTable
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing

RUN = "receivables.dunning.run"
SHOWN = 500


@needs(RUN)
def queue(request: HttpRequest) -> HttpResponse:
    """The notices that are due, by step; those chosen are sent."""
    seen = gate.visible(request.user, RUN, Charge.objects.all(), "agreement__unit")
    due = dunning.due(seen, enterprise.today())
    if request.method == "POST":
        wanted = {int(one) for one in request.POST.getlist("chosen") if one.isascii() and one.isdigit()}
        chosen = [one.agreement for one in due if request.POST.get("all") or one.agreement in wanted]
        sent = sum(len(arrears.dun(chosen[at : at + 500], by=request.user)) for at in range(0, len(chosen), 500))
        messages.success(request, ngettext("%(n)d notice is sent.", "%(n)d notices are sent.", sent) % {"n": sent})
        return redirect("receivables:dunning")
    step, names = request.GET.get("step", ""), words.steps()
    shown = sorted((one for one in due if step in {"", one.step.id}), key=lambda one: (-one.number, -one.amount))
    agreements = Agreement.objects.select_related("customer", "unit").in_bulk([one.agreement for one in shown[:SHOWN]])
    return render(request, "console/receivables/dunning.html", {
        "due": [(one, agreements[one.agreement], words.channel(one.step.channel), names[one.step.id])
                for one in shown[:SHOWN]],
        "count": len(shown), "steps": _steps(due, names), "step": step,
    })  # fmt: skip


def _steps(due: list[dunning.Due], names: dict[str, str]) -> list[dict[str, Any]]:
    counts: dict[str, list[int]] = {}
    for one in due:
        told = counts.setdefault(one.step.id, [0, 0])
        told[0] += 1
        told[1] += one.amount
    return [
        {"id": step, "name": name, "count": counts[step][0], "amount": counts[step][1]}
        for step, name in names.items()
        if step in counts
    ]


@needs("receivables.charge.view")
def notices(request: HttpRequest) -> HttpResponse:
    """What was sent."""
    rows = gate.visible(request.user, "receivables.charge.view", Notice.objects.all(), "agreement__unit")
    crumbs = [(_("Dunning"), ""), (_("Notices"), "")]
    return listing(
        request, rows.select_related("agreement"), NoticeTable, title=_("Notices"), name="notices", crumbs=crumbs
    )  # fmt: skip
