"""Bill runs: the list, planning one, its page, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wattloop.apps.billing import queries, services
from wattloop.apps.billing.models import Bill, BillException, BillRun, Shock
from wattloop.apps.billing.moving import at_work
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.wording import in_words
from wattloop.apps.records.models import Job
from wattloop.faces.console.billing.forms import PlanForm
from wattloop.faces.console.billing.saying import RuleNames
from wattloop.faces.console.billing.tables import BillFilter, BillTable, RunFilter, RunTable
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.library.quantity.refusal import Refused

State = BillRun.State
STEPS = (State.PLANNED, State.DETERMINANTS, State.RATED, State.CHECKED, State.APPROVED, State.ISSUING, State.ISSUED)
ACTS: dict[str, tuple[str, Callable[..., Any], tuple[str, ...]]] = {
    "rate": ("billing.run.rate", services.rate, ("planned", "determinants", "rated", "checked")),
    "check": ("billing.run.check", services.check, ("rated", "checked")),
    "approve": ("billing.run.approve", services.approve, ("checked",)),
    "issue": ("billing.run.issue", services.issue, ("approved", "issuing")),
    "correct": ("billing.run.plan", services.plan_correction, ("issued",)),
    "cancel": ("billing.run.cancel", services.cancel, ("planned", "determinants", "rated", "checked", "approved")),
}
"""What may be done: the action asked of the gate, the service, and the states in which it is offered."""


def seen(request: HttpRequest, pk: int) -> BillRun:
    """A run that the reader may see, or 404."""
    rows = BillRun.objects.select_related("unit", "corrects", "folder_version")
    found: BillRun = get_object_or_404(gate.visible(request.user, "billing.run.view", rows), pk=pk)
    return found


@require_safe
@needs("billing.run.view")
def runs(request: HttpRequest) -> HttpResponse:
    """All runs."""
    rows = gate.visible(request.user, "billing.run.view", BillRun.objects.select_related("unit"))
    may_plan = gate.may(request.user, "billing.run.plan")
    return listing(
        request, rows, RunTable, title=_("Bill runs"), filters=RunFilter, name="bill-runs",
        template="console/billing/runs.html", may_plan=may_plan, crumbs=[(_("Bill runs"), "")],
    )  # fmt: skip


@needs("billing.run.plan")
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a run."""
    form = PlanForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.plan(by=request.user, **form.asked())
        except Refused as refused:
            fields = {"start": "first", "end": "last", "scope": "agreements"}
            form.add_error(fields.get(refused.field or ""), f"{refused.what}. {refused.mend}")
        else:
            messages.success(request, _("%d agreements are planned.") % made.planned)
            return redirect("billing:run", made.pk)
    return render(request, "console/billing/plan.html", {"form": form})


@require_safe
@needs("billing.run.view")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """A run."""
    one = seen(request, pk)
    found = queries.open_exceptions(one)
    context = {
        "run": one,
        "steps": _steps(one),
        "acts": _acts(request, one),
        "at_work": at_work(one),
        "found": found,
        "rules": _rules(one, found.rules),
        "kept_back": queries.kept_back(one) if one.state in (State.CHECKED, State.APPROVED) else 0,
        "tariffs": _tariffs(one),
        "largest": Bill.objects.filter(run=one, amount__isnull=False)
        .select_related("agreement__customer").order_by("-amount")[:8],
        "shocks": Shock.objects.filter(bill__run=one).select_related("bill__agreement__customer")[:5],
        "corrections": BillRun.objects.filter(corrects=one).order_by("pk"),
    }  # fmt: skip
    return render(request, "console/billing/run.html", context)


@require_safe
@needs("billing.run.view")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a run's job is; once it has ended, the page is asked for anew."""
    one = seen(request, pk)
    job = Job.objects.filter(pk=one.job).first() if one.job else None
    working = at_work(one)
    response = render(request, "console/billing/parts/progress.html", {"run": one, "job": job, "at_work": working})
    if not working:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@needs("billing.run.view")
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Rate, check, approve, issue, correct or cancel a run."""
    one = seen(request, pk)
    wanted = request.POST.get("do", "")
    if wanted not in ACTS:
        messages.error(request, _("That cannot be done with a run."))
        return redirect("billing:run", pk)
    action, service, _states = ACTS[wanted]
    gate.require(request.user, action, one.unit)
    note = {"note": request.POST.get("note", "")} if wanted in ("approve", "cancel") else {}
    try:
        done = service(one, by=request.user, **note)
    except gate.NotAllowed:
        raise
    except Refused as refused:
        messages.error(request, f"{refused.what}. {refused.mend}")
        return redirect("billing:run", pk)
    return redirect("billing:run", done.pk)


@require_safe
@needs("billing.run.view")
def bills(request: HttpRequest, pk: int) -> HttpResponse:
    """The bills of a run that the reader may see."""
    one = seen(request, pk)
    rows = Bill.objects.filter(run=one).select_related("agreement__customer").order_by("pk")
    rows = gate.visible(request.user, "billing.bill.view", rows, unit="agreement__unit")
    return listing(
        request, rows, BillTable, title=_("Bills of %s") % one.name, filters=BillFilter, name=f"bills-{one.pk}",
        crumbs=[(_("Bill runs"), reverse("billing:runs")), (one.name, reverse("billing:run", args=[pk])),
                (_("Bills"), "")],
    )  # fmt: skip


def _steps(one: BillRun) -> list[dict[str, Any]]:
    at = STEPS.index(one.state) if one.state in STEPS else -1
    return [
        {"label": State(step).label, "done": number < at or one.state == State.ISSUED, "here": number == at}
        for number, step in enumerate(STEPS)
    ]


def _acts(request: HttpRequest, one: BillRun) -> set[str]:
    working = at_work(one)
    found = {
        name for name, (action, _service, states) in ACTS.items()
        if one.state in states and gate.may(request.user, action, one.unit) and (name == "cancel" or not working)
    }  # fmt: skip
    if one.kind == BillRun.Kind.CORRECTION:
        found.discard("correct")
    if one.made_by == request.user.actor:
        found.discard("approve")
    return found


def _rules(one: BillRun, counted: dict[str, int]) -> list[tuple[str, str, int]]:
    named = RuleNames()
    return [(rule, named(BillException(rule=rule, run=one)), count) for rule, count in counted.items()]


def _tariffs(one: BillRun) -> list[dict[str, Any]]:
    names = enterprise.tariff_names()
    return [row | {"name": _named(names, row["tariff"])} for row in one.by_tariff]


def _named(names: dict[str, tuple[str, str]], tariff: str) -> str:
    return in_words(dict(zip(("zh", "en"), names[tariff], strict=True))) if tariff in names else tariff
