"""A cashier's first page: what waits, my desk day, what came in today."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import queries
from wattloop.apps.receivables.models import DeskDay, Payment
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.forms import OpenDayForm
from wattloop.faces.web.gatekeeping import needs


@needs("receivables.payment.view")
def home(request: HttpRequest) -> HttpResponse:
    """What waits, my desk day, and today's takings of the units that one may see."""
    user, today = request.user, enterprise.today()
    mine = DeskDay.objects.filter(cashier=user.actor).select_related("unit")
    open_day = mine.filter(closed_at__isnull=True).first() or mine.filter(day=today).first()
    days = gate.visible(user, "receivables.payment.view", DeskDay.objects.filter(day=today).select_related("unit"))
    at_desks = gate.visible(user, "receivables.payment.view", Payment.objects.filter(desk_day__day=today),
                            "desk_day__unit")  # fmt: skip
    methods = words.methods()
    takings = [one | {"name": methods.get(one["method"], one["method"])} for one in queries.takings(at_desks)]
    return render(request, "console/receivables/home.html", {
        "today": today, "todo": queries.todo(user), "desk_day": open_day, "days": days, "takings": takings,
        "total": sum(one["amount"] for one in takings),
        "recent": _recent(at_desks.filter(by=user.actor), methods),
        "open_form": OpenDayForm(user=user) if gate.may(user, "receivables.desk.open") else None,
        "may_take": gate.may(user, "receivables.payment.take"),
    })  # fmt: skip


def _recent(rows: QuerySet[Payment], methods: dict[str, str]) -> list[dict[str, object]]:
    found = rows.select_related("agreement__customer").order_by("-id")[:15]
    return [
        {"payment": one, "method": methods.get(one.method, one.method), "badge": words.payment_state(one.state)}
        for one in found
    ]
