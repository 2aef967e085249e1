"""Units as a tree, with who works there."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import Employee, Unit
from wattloop.faces.web.gatekeeping import needs

VIEW = "enterprise.unit.view"


@needs(VIEW)
def units(request: HttpRequest) -> HttpResponse:
    """Every unit that somebody may see, those below it indented."""
    seen = gate.visible(request.user, VIEW, Unit.objects.all(), "pk")
    staff = Count("employees", filter=Q(employees__active=True))
    rows = [_row(one) for one in seen.annotate(staff=staff).order_by("path")]
    for row in rows:
        row["below"] = sum(other["unit"].staff for other in rows if other["unit"].path.startswith(row["unit"].path))
    return render(request, "console/enterprise/units.html", {"rows": rows})


def _row(unit: Any) -> dict[str, Any]:
    return {"unit": unit, "indent": "\N{EM SPACE}" * 2 * min(unit.path.count("/") - 2, 5)}


@needs(VIEW)
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: where it belongs, who works there with which roles."""
    seen = gate.visible(request.user, VIEW, Unit.objects.select_related("parent"), "pk")
    one = get_object_or_404(seen, code=code)
    staff = (
        Employee.objects.filter(unit=one)
        .select_related("post", "user")
        .prefetch_related("user__assignments__role", "user__assignments__unit")
        .order_by("-active", "number")
    )
    context = {"unit": one, "children": one.children.order_by("path"), "staff": staff}
    context["may_see_users"] = gate.may(request.user, "enterprise.user.view", one)
    return render(request, "console/enterprise/unit.html", context)
