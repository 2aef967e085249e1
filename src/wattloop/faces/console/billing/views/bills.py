"""A bill: its page, its explanation, its file; and the bills of an agreement as a fragment."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wattloop.apps.billing import explaining, queries
from wattloop.apps.billing.models import Bill, BillException
from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.wording import chinese
from wattloop.faces.console.billing import charts
from wattloop.faces.console.billing.saying import RuleNames, sentence
from wattloop.faces.console.billing.tables import AgreementBillTable
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

GROUPS = {
    "energy": "energy", "demand_flat": "capacity", "demand_tou": "capacity", "capacity": "capacity",
    "power_factor": "power_factor", "surcharge": "surcharge", "tax": "tax",
}  # fmt: skip


def seen(request: HttpRequest, pk: int) -> Bill:
    """A bill that the reader may see, or 404."""
    rows = Bill.objects.select_related("run", "agreement__customer", "agreement__unit")
    found: Bill = get_object_or_404(
        gate.visible(request.user, "billing.bill.view", rows, unit="agreement__unit"), pk=pk
    )
    return found


@require_safe
@needs("billing.bill.view")
def bill(request: HttpRequest, pk: int) -> HttpResponse:
    """A bill; its lines come explained a moment later."""
    one = seen(request, pk)
    months = queries.alike(one)
    before = next((other for other in reversed(months) if other.period_start < one.period_start), None)
    exceptions = BillException.objects.filter(bill=one).select_related("run")
    named = RuleNames()
    rules = [(found, named(found), sentence(found)) for found in exceptions]
    context = {
        "bill": one,
        "before": before,
        "more": None if before is None or one.amount is None else one.amount - before.amount,
        "more_energy": None if before is None or one.energy_wh is None else one.energy_wh - before.energy_wh,
        "use": charts.use(one),
        "shock": getattr(one, "shock", None) if hasattr(one, "shock") else None,
        "exceptions": rules,
        "alike": queries.of_one_period(one),
        "owed_url": _url(request, one, "receivables.charge.view", "receivables:agreement", one.agreement_id),
        "agreement_url": _url(request, one, "customers.customer.view", "customers:agreement", one.agreement_id),
        "may_see_run": gate.may(request.user, "billing.run.view", one.run.unit),
    }
    return render(request, "console/billing/bill.html", context)


@require_safe
@needs("billing.bill.view")
def explained(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines of a bill, each with its sentence, formula and clause, and what was measured: a fragment."""
    one = seen(request, pk)
    language = "zh" if chinese() else "en"
    context: dict[str, Any] = {"bill": one}
    try:
        content = explaining.explained(one)
    except Refused as refused:
        context |= {"refused": refused, "plain": queries.lines_of(one) if one.amount is not None else []}
    else:
        context |= {
            "content": content,
            "segments": _segments(content, language),
            "measured": _measured(content, language),
            "periods": charts.periods(content, language),
            "differences": queries.lines_of(one) if one.sequence else [],
        }
    return render(request, "console/billing/parts/explained.html", context)


@require_safe
@needs("billing.bill.view")
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """A bill's file, which `wattloop verify` computes again."""
    one = seen(request, pk)
    try:
        content = explaining.explained(one)
    except Refused as refused:
        return HttpResponse(str(refused), status=409, content_type="text/plain; charset=utf-8")
    text = json.dumps(content, ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="bill-{one.number or one.pk}.json"'
    return response


@require_safe
@needs("billing.bill.view")
def agreement_bills(request: HttpRequest, pk: int) -> HttpResponse:
    """The bills of an agreement: a fragment for its customer's page."""
    rows = gate.visible(request.user, "billing.bill.view", Agreement.objects.all())
    agreement = get_object_or_404(rows, pk=pk)
    table = AgreementBillTable(queries.bills_of(agreement)[:36], request=request)
    table.paginate(page=1, per_page=36)
    return render(request, "console/billing/parts/agreement_bills.html", {"table": table, "agreement": agreement})


def _url(request: HttpRequest, one: Bill, action: str, name: str, *args: Any) -> str:
    """An address in another area, for those who may see what is there."""
    return str(reverse(name, args=args)) if gate.may(request.user, action, one.agreement.unit) else ""


def _segments(content: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """The bill's segments, each with its lines by group, in the reader's language."""
    names = {
        "energy": _("Energy charge"), "capacity": _("Capacity and demand charge"),
        "power_factor": _("Power-factor adjustment"), "surcharge": _("Surcharges, tiers and funds"), "tax": _("Tax"),
        "other": _("Other charges"),
    }  # fmt: skip
    found = []
    for segment in content["segments"]:
        mine = (segment["number"], segment["point"])
        lines = [_line(one, language) for one in content["lines"] if (one["segment"], one["point"]) == mine]
        lines.sort(key=lambda line: list(names).index(line["group"]))
        groups = [
            {"name": names[key], "lines": held, "sum": sum(line["amount"] for line in held)}
            for key, some in groupby(lines, key=lambda line: line["group"])
            if (held := list(some))
        ]
        found.append(
            {
                "number": segment["number"], "point": segment["point"], "start": segment["start"],
                "end": segment["end"], "rules": segment["rules"][language],
                "periods": [one["hours"][language] for one in segment["periods"].values()],
                "changed": [one["said"][language] for one in segment["changed"]], "groups": groups,
            }
        )  # fmt: skip
    return found


def _line(one: dict[str, Any], language: str) -> dict[str, Any]:
    amount = Decimal(one["amount"])
    return {
        "number": one["number"], "group": GROUPS.get(one["kind"], "other"), "sentence": one["sentence"][language],
        "formula": one["formula"], "contained": one["contained"], "clause": one["clause"],
        "why": one["why"][language], "amount": amount, "rests_on": one["rests_on"],
    }  # fmt: skip


def _measured(content: dict[str, Any], language: str) -> list[dict[str, Any]]:
    names = {key: one["name"][language] for segment in content["segments"] for key, one in segment["periods"].items()}
    return [
        leg | {"by_period": [(names.get(key, key), kwh) for key, kwh in leg["energy"].items()]}
        for leg in content["measured"]
        if content["start"] <= leg["start"] < content["end"]
    ]
