"""How one agreement stands: what it owes, what it paid, its plan, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.wording import in_words
from wattloop.apps.receivables import plans, queries
from wattloop.apps.receivables.models import Charge, DeskDay, Payment, Plan
from wattloop.apps.receivables.services import arrears as services
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.doing import attempt, told
from wattloop.faces.console.receivables.forms import PlanForm, TakeForm, typed
from wattloop.faces.web.gatekeeping import needs

VIEW = "receivables.charge.view"
SHOWN = 200


def _agreement(request: HttpRequest, action: str, pk: int) -> Agreement:
    rows = gate.visible(request.user, action, Agreement.objects.select_related("customer", "unit"))
    found: Agreement = get_object_or_404(rows, pk=pk)
    return found


@needs(VIEW)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """All of it, with the form to take a payment for whoever may."""
    return show(request, _agreement(request, VIEW, pk))


@needs(VIEW)
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """The same without a form, for the page of the customer."""
    return render(request, "console/receivables/parts/account.html", _standing(_agreement(request, VIEW, pk)))


def show(
    request: HttpRequest, agreement: Agreement, form: TakeForm | None = None, chosen: Sequence[int] = ()
) -> HttpResponse:
    """The page, with what was typed where a payment was refused."""
    user = request.user
    context = _standing(agreement)
    balance: queries.Balance = context["balance"]
    may_take = gate.may(user, "receivables.payment.take", agreement.unit)
    day = DeskDay.objects.filter(cashier=user.actor, closed_at__isnull=True).first() if may_take else None
    if day is not None and form is None:
        form = TakeForm(initial={"amount": typed(max(balance.to_pay, 0)), "owed": balance.owed + balance.fee})
    elif form is not None:
        # What is shown now is what the cashier sees next: another's payment has been told by then.
        form.data = form.data.copy()
        form.data["owed"] = balance.owed + balance.fee
    return render(request, "console/receivables/account.html", context | {
        "form": form, "chosen": chosen, "desk_day": day, "may_take": may_take,
        "may_plan": gate.may(user, "receivables.charge.instalments", agreement.unit),
    })  # fmt: skip


def _standing(agreement: Agreement) -> dict[str, Any]:
    today = enterprise.today()
    charges = list(queries.open_charges(agreement)[:SHOWN])
    methods = words.methods()
    payments = Payment.objects.filter(agreement=agreement)[:12]
    plan = Plan.objects.filter(agreement=agreement, state=Plan.State.ACTIVE).first()
    step = queries.next_step(agreement)
    return {
        "agreement": agreement,
        "balance": queries.balance(agreement),
        "charges": [(one, words.charge_kind(one.kind), words.charge_state(one, today)) for one in charges],
        "payments": [(one, methods.get(one.method, one.method), words.payment_state(one.state)) for one in payments],
        "plan": plan,
        "instalments": _instalments(plan) if plan is not None else [],
        "step": (in_words({"zh": step[0].name.zh, "en": step[0].name.en}), step[1]) if step is not None else None,
    }


def _instalments(plan: Plan) -> list[tuple[Any, int]]:
    """Each instalment with what of it is paid: the first ones first."""
    left, found = plans.paid(plan), []
    for one in plan.instalments.all():
        part = min(left, one.amount)
        left -= part
        found.append((one, part))
    return found


@needs("receivables.charge.instalments")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree on an instalment plan over chosen charges."""
    agreement = _agreement(request, "receivables.charge.instalments", pk)
    rows = queries.open_charges(agreement).filter(amount__gt=0, paused="")
    form = PlanForm(request.POST or None)
    chosen = [int(one) for one in request.POST.getlist("charge") if one.isascii() and one.isdigit()][:500]
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        made = attempt(
            form,
            lambda: services.make_plan(
                agreement, charges=list(Charge.objects.filter(pk__in=chosen, agreement=agreement)),
                count=asked["count"], first_due=asked["first_due"], note=asked["note"], by=request.user,
            ),
        )  # fmt: skip
        if made is not None:
            messages.success(request, _("The plan is agreed; its charges rest while it is kept."))
            return redirect("receivables:account", agreement.pk)
    return render(request, "console/receivables/plan.html", {
        "agreement": agreement, "form": form, "chosen": chosen if request.method == "POST" else None,
        "charges": [(one, words.charge_kind(one.kind)) for one in rows[:SHOWN]],
    })  # fmt: skip


@needs("receivables.charge.instalments")
@require_POST
def end_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a plan."""
    rows = gate.visible(request.user, "receivables.charge.instalments", Plan.objects.all(), "agreement__unit")
    found = get_object_or_404(rows.select_related("agreement__unit"), pk=pk)
    with told(request, _("The plan has ended.")):
        services.end_plan(found, by=request.user, note=request.POST.get("note", ""))
    return redirect("receivables:account", found.agreement_id)
