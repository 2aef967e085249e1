"""An agreement: its terms one after the other, points and meters, supplies, and what other tariffs would cost."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wattloop.apps.customers import queries
from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.metering import queries as metering
from wattloop.apps.network import queries as network
from wattloop.faces.console.customers import words
from wattloop.faces.console.customers.comparing import compared
from wattloop.faces.console.customers.views import VIEW, agreement_tabs, history_of, tariff_name
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

CHANGE, CORRECT = "customers.agreement.change", "customers.agreement.correct"


def visible(request: HttpRequest, action: str = VIEW) -> QuerySet[Agreement]:
    """Agreements that the reader may do something with."""
    return gate.visible(request.user, action, Agreement.objects.select_related("customer", "unit"))


def found(request: HttpRequest, pk: int, action: str = VIEW) -> Agreement:
    """One of them, or 404."""
    agreement: Agreement | None = visible(request, action).filter(pk=pk).first()
    if agreement is None:
        raise Http404
    return agreement


@needs(VIEW)
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """An agreement's page."""
    one = found(request, pk)
    version = queries.version_on(one, enterprise.today())
    tabs = agreement_tabs(request, one)
    if history := history_of(one, request.user):
        tabs.append((_("History"), history))
    return render(
        request, "console/customers/agreement.html",
        {
            "agreement": one, "customer": one.customer, "version": version, "tabs": tabs,
            "tariff": tariff_name(version.tariff) if version else "",
            "class": words.said(words.CLASSES, version.customer_class) if version else "",
            "state": words.said(words.STATES, one.state), "state_tone": words.STATE_TONES.get(one.state, "quiet"),
            "may_see_customer": gate.may(request.user, VIEW, one.customer.unit),
            "may_change": gate.may(request.user, CHANGE, one.unit) and one.state != Agreement.State.CLOSED,
            "old_numbers": queries.old_numbers("agreement", one.number),
        },
    )  # fmt: skip


@needs(VIEW)
def terms(request: HttpRequest, pk: int) -> HttpResponse:
    """The versions as a timeline, the newest first, each with what it changed."""
    one = found(request, pk)
    versions = list(one.versions.select_related("customer"))
    told = [
        {"version": version, "changes": list(_changes(versions[n - 1] if n else None, version))}
        for n, version in enumerate(versions)
    ]
    transformers = [
        {
            "transformer": transformer,
            "states": [
                (s.valid_from, words.said(words.TRANSFORMER_STATES, s.state), words.TRANSFORMER_TONES[s.state])
                for s in transformer.states.all()
            ],
        }
        for transformer in one.transformers.prefetch_related("states")
    ]
    may_change = gate.may(request.user, CHANGE, one.unit) and one.state != Agreement.State.CLOSED
    return render(
        request, "console/customers/terms.html",
        {"agreement": one, "versions": told[::-1], "transformers": transformers, "may_change": may_change,
         "may_correct": gate.may(request.user, CORRECT, one.unit)},
    )  # fmt: skip


def _changes(before: Any, version: Any) -> Any:
    """(label, as it was, as it is) of the terms that differ from those before; all of them of the first."""
    fields: list[tuple[str, Any]] = [
        (_("Owner"), lambda v: v.customer.name),
        (_("Tariff"), lambda v: tariff_name(v.tariff)),
        (_("Class"), lambda v: words.said(words.CLASSES, v.customer_class)),
        (_("Voltage"), lambda v: v.voltage),
        (_("Market"), lambda v: words.said(words.MARKETS, v.market) if v.market else ""),
        (_("Demand charge"), lambda v: words.said(words.METHODS, v.demand_method) if v.demand_method else ""),
        (_("Capacity"), lambda v: f"{v.capacity_va / 1000:g} kVA" if v.capacity_va is not None else ""),
        (_("Contract demand"), lambda v: f"{v.contract_w / 1000:g} kW" if v.contract_w is not None else ""),
        (_("Options"), lambda v: v.options),
        (_("Allowances"), lambda v: ", ".join(f"{name} ({day})" for name, day in sorted(v.allowances.items()))),
    ]
    for label, told in fields:
        was, now = told(before) if before is not None else "", told(version)
        if was != now:
            yield label, was, now


@needs(VIEW)
def points(request: HttpRequest, pk: int) -> HttpResponse:
    """Usage points, and the meters that hung there."""
    one = found(request, pk)
    installations: dict[int, list[Any]] = {}
    if gate.may(request.user, "metering.meter.view", one.unit):
        for held in metering.installations_of(one):
            installations.setdefault(held.point_id, []).append(held)
    rows = [
        {
            "point": point, "installations": installations.get(point.pk, []),
            "own_tariff": tariff_name(point.tariff) if point.tariff else "",
            "share": None if point.share_millionths is None else f"{point.share_millionths / 10_000:g} %",
        }
        for point in queries.points_of(one)
    ]  # fmt: skip
    return render(
        request, "console/customers/points.html",
        {
            "agreement": one, "rows": rows,
            "may_change": gate.may(request.user, CHANGE, one.unit) and one.state != Agreement.State.CLOSED,
            "may_exchange": gate.may(request.user, "metering.meter.exchange", one.unit),
            "may_see_meters": gate.may(request.user, "metering.meter.view", one.unit),
        },
    )  # fmt: skip


@needs("network.place.view")
def supplies(request: HttpRequest, pk: int) -> HttpResponse:
    """By what it is supplied."""
    one = found(request, pk, "network.place.view")
    rows = [(supply, words.said(words.RANKS, supply.rank)) for supply in network.supplies_of(one)]
    missing = one.customer.importance != "ordinary" and not any(
        s.rank == "second" and s.valid_to is None for s, _said in rows
    )
    may_change = gate.may(request.user, "network.place.change", one.unit)
    context = {"agreement": one, "rows": rows, "missing": missing, "may_change": may_change}
    return render(request, "console/customers/supplies.html", context)


@needs("billing.bill.view")
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """What each tariff in force would have cost in the last whole month that is billed by readings."""
    one = found(request, pk, "billing.bill.view")
    today = enterprise.today()
    last = today.replace(day=1) - dt.timedelta(days=1)
    month = request.GET.get("month", "")
    try:
        start = dt.date.fromisoformat(f"{month}-01") if month else last.replace(day=1)
        rows, problem = compared(one, start), ""
    except Refused as refused:
        rows, problem = [], str(refused)
    except ValueError:
        raise Http404 from None
    context = {"agreement": one, "rows": rows, "start": start, "problem": problem}
    return render(request, "console/customers/what_if.html", context)
