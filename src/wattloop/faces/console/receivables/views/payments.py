"""Payments: the list, the review of those not matched, one of them, and what is done with it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.receivables.models import Payment
from wattloop.apps.receivables.services import payments as services
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.doing import attempt
from wattloop.faces.console.receivables.forms import MatchForm, ReasonForm, RefundForm, typed
from wattloop.faces.console.receivables.tables import PaymentFilter, PaymentTable
from wattloop.faces.console.receivables.views import refunding
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import BulkAction, chosen, listing
from wattloop.library.quantity.refusal import Refused

VIEW, MATCH = "receivables.payment.view", "receivables.payment.match"


def _visible(request: HttpRequest, action: str) -> QuerySet[Payment]:
    """Payments of agreements that one may act for; those not matched are everybody's who serves the company."""
    return gate.visible(request.user, action, Payment.objects.all(), "agreement__unit")


@needs(VIEW)
def payments(request: HttpRequest) -> HttpResponse:
    """The list; in bulk, the best suggestion of each chosen payment is taken."""
    rows = _visible(request, VIEW).select_related("agreement")
    if request.method == "POST":
        gate.require(request.user, MATCH)
        _confirm(request, chosen(request, _visible(request, MATCH), PaymentFilter))
        return redirect(request.get_full_path())
    may = gate.may(request.user, MATCH)
    confirm = BulkAction("confirm", _("Take the best suggestion"), "primary", _("Match the chosen payments?"))
    return listing(
        request, rows, PaymentTable, title=_("Payments"), filters=PaymentFilter, name="payments",
        actions=[confirm] if may else [], template="console/receivables/payments.html",
        may_bank=gate.may(request.user, "receivables.payment.take"),
    )  # fmt: skip


def _confirm(request: HttpRequest, rows: QuerySet[Payment]) -> None:
    done, left = 0, 0
    for payment in rows.filter(state=Payment.State.DOUBTFUL).order_by("pk")[:1000]:
        best = payment.suggested[0]["agreement"] if payment.suggested else None
        unit_rows = gate.visible(request.user, MATCH, Agreement.objects.select_related("unit"))
        agreement = unit_rows.filter(pk=best).first()
        if agreement is None:
            left += 1
            continue
        try:
            services.match_payment(payment, agreement, by=request.user)
            done += 1
        except Refused:
            left += 1
    said = ngettext("%(count)d payment is matched.", "%(count)d payments are matched.", done) % {"count": done}
    messages.success(request, said)
    if left:
        said = ngettext("%(count)d could not be.", "%(count)d could not be.", left) % {"count": left}
        messages.warning(request, said)


@needs(VIEW)
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    """One payment: what it settled, whose it may be, and the forms of whoever may."""
    return _show(request, _one(request, VIEW, pk))


def _one(request: HttpRequest, action: str, pk: int) -> Payment:
    rows = _visible(request, action).select_related("agreement__customer", "agreement__unit", "bank_file", "desk_day")
    found: Payment = get_object_or_404(rows, pk=pk)
    return found


def _show(request: HttpRequest, one: Payment, **forms: object) -> HttpResponse:
    user, unit = request.user, one.agreement.unit if one.agreement is not None else None
    live = one.state != Payment.State.REVERSED
    suggested = Agreement.objects.select_related("customer").in_bulk([each["agreement"] for each in one.suggested])
    may = {
        "match": one.state in services.UNMATCHED and gate.may(user, MATCH, unit),
        "reverse": live and gate.may(user, "receivables.payment.reverse", unit),
        "refund": live and one.unused > 0 and unit is not None and gate.may(user, "receivables.payment.refund", unit),
    }
    return render(request, "console/receivables/payment.html", {
        "payment": one, "badge": words.payment_state(one.state), "may": may,
        "method": words.methods().get(one.method, one.method),
        "allocations": one.allocations.select_related("charge").order_by("id"),
        "refunds": one.refunds.all(), "decisions": words.DECISION_STATES,
        "suggested": [(suggested[each["agreement"]], words.reasons(each["why"]))
                      for each in one.suggested if each["agreement"] in suggested],
        "match_form": MatchForm(), "reverse_form": ReasonForm(auto_id="reverse_%s"),
        "refund_form": RefundForm(initial={"amount": typed(one.unused)}, auto_id="refund_%s"),
    } | forms)  # fmt: skip


@needs(MATCH)
@require_POST
def match(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose a payment is."""
    one = _one(request, MATCH, pk)
    form = MatchForm(request.POST)
    if form.is_valid():
        rows = gate.visible(request.user, MATCH, Agreement.objects.select_related("unit"))
        agreement = rows.filter(number=form.cleaned_data["number"].strip()).first()
        if agreement is None:
            form.add_error("number", _("There is no such agreement."))
        elif attempt(form, lambda: services.match_payment(one, agreement, by=request.user)) is not None:
            messages.success(request, _("The payment is matched."))
            return redirect("receivables:payment", one.pk)
    return _show(request, one, match_form=form)


@needs("receivables.payment.reverse")
@require_POST
def reverse(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a payment back."""
    one = _one(request, "receivables.payment.reverse", pk)
    form = ReasonForm(request.POST, auto_id="reverse_%s")
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: services.reverse_payment(one, reason=reason, by=request.user)) is not None:
            messages.success(request, _("The payment is reversed; what it settled is open again."))
            return redirect("receivables:payment", one.pk)
    return _show(request, one, reverse_form=form)


@needs("receivables.payment.refund")
@require_POST
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to give back what a payment left."""
    return refunding.propose(request, _one(request, "receivables.payment.refund", pk), _show)
