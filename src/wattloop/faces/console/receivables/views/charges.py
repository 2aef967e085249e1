"""Charges: the list behind ageing and dunning, one of them, and what is done with it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.models import Charge
from wattloop.apps.receivables.services import adjustments, arrears
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.doing import attempt
from wattloop.faces.console.receivables.forms import AdjustForm, ReasonForm, RefundForm, typed
from wattloop.faces.console.receivables.tables import ChargeFilter, ChargeTable
from wattloop.faces.console.receivables.views import refunding
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing

VIEW, DISPUTE = "receivables.charge.view", "receivables.charge.dispute"
WAIVE, WRITE_OFF = "receivables.charge.waive", "receivables.charge.writeoff"


@needs(VIEW)
def charges(request: HttpRequest) -> HttpResponse:
    """The list."""
    rows = gate.visible(request.user, VIEW, Charge.objects.all(), "agreement__unit")
    return listing(
        request, rows.select_related("agreement__customer"), ChargeTable, title=_("Charges"), filters=ChargeFilter,
        name="charges",
    )  # fmt: skip


def _one(request: HttpRequest, action: str, pk: int) -> Charge:
    rows = gate.visible(request.user, action, Charge.objects.all(), "agreement__unit")
    found: Charge = get_object_or_404(rows.select_related("agreement__customer", "agreement__unit", "fee_of"), pk=pk)
    return found


@needs(VIEW)
def charge(request: HttpRequest, pk: int) -> HttpResponse:
    """One charge: what settled it, its late fees, and the forms of whoever may."""
    return _show(request, _one(request, VIEW, pk))


def _show(request: HttpRequest, one: Charge, **forms: object) -> HttpResponse:
    user, unit, open_ = request.user, one.agreement.unit, one.state == Charge.State.OPEN
    owed = open_ and one.amount > 0
    may = {
        "dispute": owed and not one.paused and gate.may(user, DISPUTE, unit),
        "end_dispute": one.paused == Charge.Pause.DISPUTE and gate.may(user, DISPUTE, unit),
        "adjust": owed and (gate.may(user, WAIVE, unit) or gate.may(user, WRITE_OFF, unit)),
        "refund": open_ and one.amount < 0 and gate.may(user, "receivables.payment.refund", unit),
    }
    return render(request, "console/receivables/charge.html", {
        "charge": one, "kind": words.charge_kind(one.kind), "badge": words.charge_state(one, enterprise.today()),
        "may": may, "allocations": one.allocations.select_related("payment", "credit", "adjustment").order_by("id"),
        "used_for": one.used_for.select_related("charge").order_by("id"), "fees": one.fees.order_by("id"),
        "pauses": one.pauses.all(), "notices": one.notices.all(), "adjustments": one.adjustments.all(),
        "adjustment_words": words.ADJUSTMENTS, "decisions": words.DECISION_STATES, "states": words.CHARGE_STATES,
        "dispute_form": ReasonForm(auto_id="dispute_%s"),
        "adjust_form": AdjustForm(initial={"amount": typed(max(one.open, 0))}, auto_id="adjust_%s"),
        "refund_form": RefundForm(initial={"amount": typed(max(-one.open, 0))}, auto_id="refund_%s"),
    } | forms)  # fmt: skip


@needs(DISPUTE)
@require_POST
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a charge in dispute, or end one."""
    one = _one(request, DISPUTE, pk)
    form = ReasonForm(request.POST, auto_id="dispute_%s")
    if form.is_valid():
        reason, ends = form.cleaned_data["reason"], one.paused == Charge.Pause.DISPUTE
        done = attempt(
            form,
            lambda: (
                arrears.end_dispute(one, note=reason, by=request.user)
                if ends
                else arrears.dispute(one, reason=reason, by=request.user)
            ),
        )
        if done is not None:
            messages.success(request, _("The dispute has ended.") if ends else _("The charge is in dispute."))
            return redirect("receivables:charge", one.pk)
    return _show(request, one, dispute_form=form)


@needs(VIEW)
@require_POST
def adjust(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to waive a charge or to write it off."""
    one = _one(request, WRITE_OFF if request.POST.get("kind") == "write-off" else WAIVE, pk)
    form = AdjustForm(request.POST, auto_id="adjust_%s")
    if form.is_valid():
        made = attempt(form, lambda: adjustments.propose_adjustment(one, by=request.user, **form.cleaned_data))
        if made is not None:
            proposed = made.state == "proposed"
            said = _("It is proposed; another person decides.") if proposed else _("It is waived.")
            messages.success(request, said)
            return redirect("receivables:charge", one.pk)
    return _show(request, one, adjust_form=form)


@needs("receivables.payment.refund")
@require_POST
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to give a credit back."""
    return refunding.propose(request, _one(request, "receivables.payment.refund", pk), _show)
