"""What is open by age."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import queries
from wattloop.apps.receivables.models import Charge
from wattloop.faces.web import export
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.showing import as_decimal


@needs("receivables.charge.view")
def ageing(request: HttpRequest) -> HttpResponse:
    """What is open by age, for each unit or class; every figure leads to its charges."""
    by = "class" if request.GET.get("by") == "class" else "unit"
    seen = gate.visible(request.user, "receivables.charge.view", Charge.objects.all(), "agreement__unit")
    rows = queries.ageing(seen, by)
    ages = _ages()
    kind = request.GET.get("export", "")
    if kind in export.KINDS:
        currency = enterprise.settings().currency
        head = [_("Unit") if by == "unit" else _("Class"), *ages, _("Total")]
        lines = ([str(row.name), *(as_decimal(one, currency) for one in (*row.amounts, row.total))] for row in rows)
        return export.download(kind, f"ageing-{enterprise.today()}", head, lines)
    totals = [sum(column) for column in zip(*(row.amounts for row in rows), strict=True)] or [0] * len(ages)
    unit = 10 ** enterprise.settings().minor_digits  # a picture shows whole units
    return render(request, "console/receivables/ageing.html", {
        "by": by, "ages": ages, "totals": totals, "total": sum(totals), "today": enterprise.today(),
        "rows": [(row, list(enumerate(row.amounts))) for row in rows],
        "chart": {"type": "bar", "unit": enterprise.settings().currency, "x": ages,
                  "series": [{"name": _("Open"), "data": [one // unit for one in totals]}]},
    })  # fmt: skip


def _ages() -> list[str]:
    bounds = queries.ageing_bounds()
    pairs = zip((0, *bounds), bounds, strict=False)
    between = [_("%(from)d to %(to)d days") % {"from": first + 1, "to": last} for first, last in pairs]
    return [_("not due"), *between, _("over %(days)d days") % {"days": bounds[-1]}]
