"""The desk: find who pays, take the payment, print the receipt; open and close the day."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wattloop.apps.customers.models import Agreement
from wattloop.apps.customers.search import search
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.models import Charge, DeskDay, Payment
from wattloop.apps.receivables.services import desk as services
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.doing import attempt, sentence, wrong
from wattloop.faces.console.receivables.forms import CloseDayForm, OpenDayForm, TakeForm
from wattloop.faces.console.receivables.views import accounts
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

SHOWN = 30


@needs("receivables.payment.take")
def find(request: HttpRequest) -> HttpResponse:
    """Agreements by number, bill, name or telephone, with what they owe."""
    text = request.GET.get("q", "").strip()[:100]
    found = _found(request.user, text) if text else []
    if len(found) == 1 and "go" in request.GET:
        return redirect("receivables:account", found[0].pk)
    template = "results" if request.htmx and request.htmx.target == "results" else "desk"
    return render(request, f"console/receivables/{'parts/' if template == 'results' else ''}{template}.html", {
        "q": text, "found": found, "desk_day": _open_day(request.user),
        "open_form": OpenDayForm(user=request.user),
    })  # fmt: skip


def _found(user: Any, text: str) -> list[Agreement]:
    seen = gate.visible(user, "receivables.charge.view", Agreement.objects.all())
    customers = [hit.customer.pk for hit in search(text, user, limit=SHOWN)]
    numbered = Q(number=text) | Q(pk__in=Charge.objects.filter(reference=text.upper()).values("agreement"))
    rows = seen.filter(numbered | Q(customer__in=customers)).select_related("customer", "unit")
    open_ = Q(charges__state=Charge.State.OPEN)
    owed = Sum(F("charges__amount") - F("charges__settled"), filter=open_)
    overdue = Sum(
        F("charges__amount") - F("charges__settled"), filter=open_ & Q(charges__due_on__lt=enterprise.today())
    )  # fmt: skip
    return list(rows.annotate(owed=owed, overdue=overdue)[:SHOWN])


def _open_day(user: Any) -> DeskDay | None:
    found: DeskDay | None = DeskDay.objects.filter(cashier=user.actor, closed_at__isnull=True).first()
    return found


@needs("receivables.payment.take")
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a payment; the page comes back as it was filled in where it is refused."""
    rows = gate.visible(request.user, "receivables.payment.take", Agreement.objects.select_related("customer", "unit"))
    agreement = get_object_or_404(rows, pk=pk)
    form = TakeForm(request.POST)
    chosen = [int(one) for one in request.POST.getlist("charge") if one.isascii() and one.isdigit()][:500]
    if form.is_valid():
        told = form.cleaned_data
        payment = attempt(
            form,
            lambda: services.take_payment(
                agreement, amount=told["amount"], tendered=told["tendered"], method=told["method"],
                payer=told["payer"], owed=told["owed"], charges=chosen or None, by=request.user,
            ),
        )  # fmt: skip
        if payment is not None:
            return redirect("receivables:receipt", payment.pk)
    return accounts.show(request, agreement, form=form, chosen=chosen)


@needs("receivables.payment.view")
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """A receipt to print."""
    rows = gate.visible(request.user, "receivables.payment.view", Payment.objects.all(), "agreement__unit")
    payment = get_object_or_404(rows.select_related("agreement__customer", "agreement__unit", "desk_day"), pk=pk)
    return render(request, "console/receivables/receipt.html", {
        "payment": payment, "settings": enterprise.settings(), "method": words.methods().get(payment.method),
        "allocations": payment.allocations.filter(undone=False).select_related("charge").order_by("id"),
        "change": payment.tendered - payment.amount if payment.tendered is not None else None,
        "kinds": words.CHARGE_KINDS,
    })  # fmt: skip


@needs("receivables.desk.open")
@require_POST
def open_day(request: HttpRequest) -> HttpResponse:
    """Open my desk day."""
    form = OpenDayForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            services.open_desk(form.cleaned_data["unit"], opening=form.cleaned_data["opening"], by=request.user)
            messages.success(request, _("Your desk day is open."))
        except gate.NotAllowed:
            raise
        except Refused as refused:
            messages.error(request, sentence(refused))
    else:
        wrong(request, form)
    return redirect("receivables:desk")


@needs("receivables.desk.close")
def close_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Count the drawer and close a day: one's own, or one of a unit whose books one may close."""
    days = gate.visible(request.user, "receivables.desk.close", DeskDay.objects.select_related("unit"))
    if not gate.may(request.user, "receivables.ledger.close"):
        days = days.filter(cashier=request.user.actor)
    day = get_object_or_404(days, pk=pk)
    form = CloseDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        done = attempt(
            form, lambda: services.close_desk(day, counted=told["counted"], note=told["note"], by=request.user)
        )
        if done is not None:
            messages.success(request, _("The desk day is closed."))
            return redirect("receivables:close_day", day.pk)
    methods = words.methods()
    came = day.payments.order_by().values("method", "state").annotate(amount=Sum("amount"))
    return render(request, "console/receivables/close_day.html", {
        "desk_day": day, "form": form,
        "came": [(methods.get(one["method"], one["method"]), words.payment_state(one["state"]), one["amount"])
                 for one in came],
        "back": day.reversals.aggregate(sum=Sum("amount"))["sum"],
        "refunds": day.refunds.aggregate(sum=Sum("amount"))["sum"],
        "over": None if day.counted is None else day.counted - day.expected,
    })  # fmt: skip
