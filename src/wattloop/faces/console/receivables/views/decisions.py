"""What one person proposed and another decides: write-offs, waivers, refunds."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wattloop.apps.enterprise import gate
from wattloop.apps.receivables.models import Adjustment, Refund
from wattloop.apps.receivables.services import adjustments, refunds
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.doing import told
from wattloop.faces.web.gatekeeping import needs

VIEW, REFUND = "receivables.charge.view", "receivables.payment.refund"
SHOWN = 100


@needs(VIEW)
def decisions(request: HttpRequest) -> HttpResponse:
    """Those that wait, and the last that were decided."""
    user = request.user
    seen = gate.visible(user, VIEW, Adjustment.objects.all(), "charge__agreement__unit")
    seen = seen.select_related("charge__agreement__customer", "charge__agreement__unit")
    given = gate.visible(user, VIEW, Refund.objects.all(), "agreement__unit")
    given = given.select_related("agreement__customer", "agreement__unit")
    proposed, methods = Q(state="proposed"), words.methods()
    return render(request, "console/receivables/decisions.html", {
        "adjustments": [
            (one, words.ADJUSTMENTS.get(one.kind, one.kind), one.proposed_by != user.actor
             and gate.may(user, adjustments.ACTIONS[Adjustment.Kind(one.kind)], one.charge.agreement.unit))
            for one in seen.filter(proposed)[:SHOWN]
        ],
        "refunds": [
            (one, methods.get(one.method, one.method),
             gate.may(user, REFUND, one.agreement.unit) and not (one.two_people and one.proposed_by == user.actor))
            for one in given.filter(proposed)[:SHOWN]
        ],
        "decided": [(one, words.ADJUSTMENTS.get(one.kind, one.kind), words.DECISION_STATES.get(one.state))
                    for one in seen.exclude(state="proposed")[:20]],
        "refunded": [(one, words.DECISION_STATES.get(one.state)) for one in given.exclude(state="proposed")[:20]],
    })  # fmt: skip


@needs(VIEW)
@require_POST
def adjustment(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide a write-off or a waiver."""
    rows = gate.visible(request.user, VIEW, Adjustment.objects.all(), "charge__agreement__unit")
    found = get_object_or_404(rows.select_related("charge__agreement__unit"), pk=pk)
    gate.require(request.user, adjustments.ACTIONS[Adjustment.Kind(found.kind)], found.charge.agreement.unit)
    accept = request.POST.get("do") == "accept"
    with told(request, _("It is done.") if accept else _("It is refused.")):
        note = request.POST.get("note", "")
        adjustments.decide_adjustment(found, accept=accept, by=request.user, note=note)
    return redirect("receivables:decisions")


@needs(REFUND)
@require_POST
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """Pay a refund, or let it go."""
    rows = gate.visible(request.user, REFUND, Refund.objects.all(), "agreement__unit")
    found = get_object_or_404(rows.select_related("agreement__unit"), pk=pk)
    pay = request.POST.get("do") == "pay"
    with told(request, _("The refund is paid.") if pay else _("The refund is let go.")):
        refunds.decide_refund(found, pay=pay, by=request.user, note=request.POST.get("note", ""))
    return redirect("receivables:decisions")
