"""Customers: the list, the search, and everything of one on a page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from wattloop.apps.billing.models import Bill
from wattloop.apps.customers import queries
from wattloop.apps.customers import search as finding
from wattloop.apps.customers.models import Agreement, Customer
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.wording import in_words
from wattloop.faces.console.customers import words
from wattloop.faces.console.customers.tables import CustomerFilter, CustomerTable, KeyAccountFilter, KeyAccountTable
from wattloop.faces.console.frame import address
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing

VIEW = "customers.customer.view"


def visible(request: HttpRequest) -> QuerySet[Customer]:
    """Customers that the reader may see."""
    return gate.visible(request.user, VIEW, Customer.objects.all())


def found(request: HttpRequest, pk: int) -> Customer:
    """One of them, or 404."""
    customer: Customer | None = visible(request).select_related("unit", "manager").filter(pk=pk).first()
    if customer is None:
        raise Http404
    return customer


@needs(VIEW)
def customers(request: HttpRequest) -> HttpResponse:
    """The list."""
    rows = visible(request).select_related("unit")
    return listing(
        request, rows, CustomerTable, title=_("Customers"), filters=CustomerFilter, name="customers",
        template="console/customers/list.html", may_change=gate.may(request.user, "customers.customer.change"),
        crumbs=[(_("Customers"), "")],
    )  # fmt: skip


@needs(VIEW)
def search(request: HttpRequest) -> HttpResponse:
    """Customers found as somebody types; htmx gets the hits alone."""
    text = request.GET.get("q", "").strip()
    hits = finding.search(text, request.user) if text else []
    told = [{"hit": hit, "by": words.FOUND_BY.get(hit.by, "")} for hit in hits]
    context = {"text": text, "hits": told}
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.target == "found":
        return render(request, "console/customers/hits.html", context)
    return render(request, "console/customers/search.html", context)


@needs(VIEW)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of a customer: the head with what matters, sections that are fetched when they are looked at."""
    customer = found(request, pk)
    agreements = list(customer.agreements.select_related("unit").order_by("number")[:50])
    tabs = [(_("Overview"), reverse("customers:overview", args=[pk]))]
    first = next((a for a in agreements if a.state == Agreement.State.ACTIVE), agreements[0] if agreements else None)
    chosen = _chosen(request, agreements) or first
    if chosen is not None:
        tabs += agreement_tabs(request, chosen)
    tabs.append((_("Contacts"), reverse("customers:contacts", args=[pk])))
    if history := history_of(customer, request.user):
        tabs.append((_("History"), history))
    version = queries.version_on(chosen, enterprise.today()) if chosen else None
    return render(
        request, "console/customers/detail.html",
        {
            "customer": customer, "agreements": agreements, "chosen": chosen, "tabs": tabs, "version": version,
            "class": words.said(words.CLASSES, version.customer_class) if version else "",
            "tariff": tariff_name(version.tariff) if version else "",
            "importance": words.said(words.IMPORTANCE, customer.importance),
            "importance_tone": words.IMPORTANCE_TONES.get(customer.importance, "quiet"),
            "state": words.said(words.STATES, chosen.state) if chosen else "",
            "state_tone": words.STATE_TONES.get(chosen.state, "quiet") if chosen else "quiet",
            "kind": words.said(words.KINDS, customer.kind),
            "may_change": gate.may(request.user, "customers.customer.change", customer.unit),
            "may_open": gate.may(request.user, "customers.agreement.change", customer.unit),
            "old_numbers": queries.old_numbers("customer", customer.number),
        },
    )  # fmt: skip


def _chosen(request: HttpRequest, agreements: list[Agreement]) -> Agreement | None:
    asked = request.GET.get("agreement", "")
    return next((a for a in agreements if str(a.pk) == asked), None)


def agreement_tabs(request: HttpRequest, agreement: Agreement) -> list[tuple[str, str]]:
    """The sections of an agreement that the reader may see, each an address of a fragment."""
    pk = agreement.pk
    may = request.user
    tabs = []
    if gate.may(may, "metering.readings.view", agreement.unit):
        tabs.append((_("Load curve"), reverse("customers:load", args=[pk])))
    if gate.may(may, "billing.bill.view", agreement.unit):
        tabs.append((_("Bills"), reverse("billing:agreement_bills", args=[pk])))
    if gate.may(may, "receivables.charge.view", agreement.unit):
        tabs.append((_("Balance"), reverse("receivables:agreement", args=[pk])))
    tabs += [
        (_("Terms"), reverse("customers:terms", args=[pk])),
        (_("Points and meters"), reverse("customers:points", args=[pk])),
    ]
    if gate.may(may, "network.place.view", agreement.unit):
        tabs.append((_("Supplies"), reverse("customers:supplies", args=[pk])))
    if gate.may(may, "billing.bill.view", agreement.unit):
        tabs.append((_("Other tariffs"), reverse("customers:what_if", args=[pk])))
    return tabs


def history_of(thing: Any, reader: Any) -> str:
    """The address of everything that was done to a thing; nothing for who may not read the audit."""
    may = gate.may(reader, "records.audit.view")
    return address("records:history", thing._meta.label, thing.pk) if may else ""


def tariff_name(tariff: str) -> str:
    """A tariff's name in the reader's language; its id where it has none."""
    zh, en = enterprise.tariff_names().get(tariff, ("", ""))
    return in_words({"zh": zh, "en": en}) or tariff


@needs(VIEW)
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """Agreements with their terms of today, and what is known of the customer."""
    customer = found(request, pk)
    agreements = list(customer.agreements.select_related("unit").order_by("number")[:50])
    terms = queries.versions_on(agreements, enterprise.today())
    rows = [
        {
            "agreement": agreement, "terms": (version := terms.get(agreement.pk)),
            "tariff": tariff_name(version.tariff) if version else "",
            "class": words.said(words.CLASSES, version.customer_class) if version else "",
            "state": words.said(words.STATES, agreement.state),
            "tone": words.STATE_TONES.get(agreement.state, "quiet"),
        }
        for agreement in agreements
    ]  # fmt: skip
    main = customer.contacts.first()
    return render(request, "console/customers/overview.html", {"customer": customer, "rows": rows, "main": main})


@needs(VIEW)
def contacts(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom to speak to."""
    customer = found(request, pk)
    may_change = gate.may(request.user, "customers.customer.change", customer.unit)
    context = {"customer": customer, "contacts": customer.contacts.all(), "may_change": may_change}
    return render(request, "console/customers/contacts.html", context)


@needs(VIEW)
def key_accounts(request: HttpRequest) -> HttpResponse:
    """The largest customers, who looks after each, what they used and were billed in twelve months."""
    since = enterprise.today() - dt.timedelta(days=365)
    issued = Bill.objects.filter(
        agreement__customer=OuterRef("pk"), state=Bill.State.ISSUED, period_start__gte=since
    ).order_by()
    summed = issued.values("agreement__customer")
    capacity = (
        Agreement.objects.filter(customer=OuterRef("pk"))
        .order_by()
        .values("customer")
        .annotate(total=Sum("transformers__capacity_va"))
        .values("total")
    )
    rows = (
        visible(request)
        .filter(key_account=True)
        .select_related("unit", "manager")
        .annotate(
            energy=Subquery(summed.annotate(total=Sum("energy_wh")).values("total")),
            billed=Subquery(summed.annotate(total=Sum("amount")).values("total")),
            bills=Subquery(summed.annotate(total=Count("pk")).values("total")),
            capacity_va=Subquery(capacity),
        )
    )
    if "sort" not in request.GET:
        from django.db.models import F

        rows = rows.order_by(F("energy").desc(nulls_last=True), F("capacity_va").desc(nulls_last=True), "number")
    alone = (
        visible(request)
        .filter(key_account=True)
        .aggregate(count=Count("pk"), unmanaged=Count("pk", filter=Q(manager__isnull=True)))
    )
    return listing(
        request, rows, KeyAccountTable, title=_("Key accounts"), filters=KeyAccountFilter, name="key-accounts",
        template="console/customers/key_accounts.html", told=alone,
        crumbs=[(_("Customers"), address("customers:list")), (_("Key accounts"), "")],
    )  # fmt: skip
