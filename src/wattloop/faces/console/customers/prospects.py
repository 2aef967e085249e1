"""Prospects: who may be supplied later, and the load they would bring."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from wattloop.apps.customers import queries, services
from wattloop.apps.customers.models import Prospect
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.faces.console.customers import words
from wattloop.faces.console.customers.forms import ProspectForm, tell
from wattloop.faces.console.customers.tables import ProspectFilter, ProspectTable
from wattloop.faces.console.frame import address
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.library.quantity.refusal import Refused

VIEW, CHANGE = "customers.prospect.view", "customers.prospect.change"
MONTHS = 12


def visible(request: HttpRequest, action: str = VIEW) -> QuerySet[Prospect]:
    """Prospects that the reader may see."""
    return gate.visible(request.user, action, Prospect.objects.select_related("unit", "manager"))


@needs(VIEW)
def prospects(request: HttpRequest) -> HttpResponse:
    """The list, and the load expected by month, stacked by stage."""
    rows = visible(request)
    start = enterprise.today().replace(day=1)
    asked = ProspectFilter(request.GET, queryset=rows, request=request)
    counted = asked.qs if asked.is_valid() else rows
    loads = queries.expected_load(counted.order_by(), start, MONTHS)
    months = [_month(start.year * 12 + start.month - 1 + n) for n in range(MONTHS)]
    chart = {
        "type": "stacked", "unit": "kW", "x": months,
        "series": [
            {"name": words.said(words.STAGES, stage), "data": [w // 1000 for w in by_month]}
            for stage, by_month in loads.items()
        ],
    }  # fmt: skip
    units: dict[str, dict[str, object]] = {}
    for row in queries.growth_by_unit(counted):
        unit = units.setdefault(row["unit__path"], {"zh": row["unit__name_zh"], "en": row["unit__name_en"], "load": {}})
        unit["load"][row["stage"]] = row["load"] // 1000  # type: ignore[index]
    by_unit = [
        {"name": {"zh": u["zh"], "en": u["en"]}, "loads": [u["load"].get(s, 0) for s in queries.GROWING]}  # type: ignore[attr-defined]
        for u in units.values()
    ]
    return listing(
        request, rows, ProspectTable, title=_("Prospects"), filters=ProspectFilter, name="prospects",
        template="console/customers/prospects.html", chart=chart, by_unit=by_unit,
        stages=[words.said(words.STAGES, s) for s in queries.GROWING], may_change=gate.may(request.user, CHANGE),
        crumbs=[(_("Customers"), address("customers:list")), (_("Prospects"), "")],
    )  # fmt: skip


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02}"


@needs(CHANGE)
def register(request: HttpRequest) -> HttpResponse:
    """Note a new one."""
    form = ProspectForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.register_prospect(by=request.user, **form.cleaned_data)
        except Refused as refused:
            tell(form, refused)
        else:
            messages.success(request, _("%(name)s is noted.") % {"name": made.name})
            return redirect("customers:prospects")
    return render(request, "console/customers/form.html", _about(form, _("New prospect")))


@needs(VIEW)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them; changed by who may."""
    prospect = visible(request).filter(pk=pk).first()
    if prospect is None:
        raise Http404
    may_change = gate.may(request.user, CHANGE, prospect.unit)
    if request.method == "POST" and not may_change:
        raise Http404
    form = ProspectForm(request.POST or None, instance=prospect, request=request)
    if request.method == "POST" and form.is_valid():
        # The form has put what was typed on the object; the service compares with what is there.
        held = visible(request).get(pk=pk)
        try:
            services.change_prospect(held, by=request.user, **form.cleaned_data)
        except Refused as refused:
            tell(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("customers:prospects")
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    return render(request, "console/customers/form.html", _about(form, prospect.name, may_save=may_change))


def _about(form: ProspectForm, title: str, *, may_save: bool = True) -> dict[str, object]:
    crumbs = [(_("Customers"), address("customers:list")), (_("Prospects"), address("customers:prospects"))]
    return {"form": form, "title": title, "crumbs": crumbs, "may_save": may_save}
