"""What is typed about customers and agreements, handed to the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from wattloop.apps.customers import queries, services
from wattloop.apps.customers.models import AgreementVersion, Contact, UsagePoint
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.faces.console.customers import agreements, forms, views
from wattloop.faces.console.frame import address
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

CHANGE, TERMS = "customers.customer.change", "customers.agreement.change"
CORRECT = "customers.agreement.correct"


def _customer(request: HttpRequest, pk: int, action: str = CHANGE) -> Any:
    customer = views.found(request, pk)
    if not gate.may(request.user, action, customer.unit):
        raise Http404
    return customer


def _save(
    request: HttpRequest, form: Any, title: str, to: Callable[[], HttpResponse], save: Callable[[dict[str, Any]], str],
    crumbs: list[tuple[str, str]], note: str = "",
) -> HttpResponse:  # fmt: skip
    """Show a form, or hand what is in it to a service; what that refuses is said beside the field."""
    if request.method == "POST" and form.is_valid():
        try:
            said = save(dict(form.cleaned_data))
        except Refused as refused:
            if isinstance(refused, gate.NotAllowed):
                raise
            forms.tell(form, refused)
        else:
            messages.success(request, said)
            return to()
    context = {"form": form, "title": title, "crumbs": crumbs, "may_save": True, "note": note}
    return render(request, "console/customers/form.html", context, status=200 if request.method == "GET" else 422)


def _crumbs(customer: Any, agreement: Any = None) -> list[tuple[str, str]]:
    found = [
        (_("Customers"), address("customers:list")),
        (customer.name, address("customers:detail", customer.pk)),
    ]
    if agreement is not None:
        found.append((agreement.number, address("customers:agreement", agreement.pk)))
    return found


@needs(CHANGE)
def register(request: HttpRequest) -> HttpResponse:
    """A new customer."""
    form = forms.CustomerForm(request.POST or None, request=request, initial={"since": enterprise.today()})
    made: list[Any] = []

    def save(told: dict[str, Any]) -> str:
        made.append(services.register_customer(by=request.user, **told))
        return str(_("%(name)s has the number %(number)s.") % {"name": made[0].name, "number": made[0].number})

    crumbs = [(_("Customers"), address("customers:list"))]
    return _save(request, form, _("New customer"), lambda: redirect("customers:detail", made[0].pk), save, crumbs)


@needs(CHANGE)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known of a customer."""
    customer = _customer(request, pk)
    form = forms.CustomerForm(request.POST or None, instance=customer, request=request)

    def save(told: dict[str, Any]) -> str:
        services.change_customer(customer, by=request.user, **told)
        return str(_("Saved."))

    to = lambda: redirect("customers:detail", pk)  # noqa: E731
    return _save(request, form, customer.name, to, save, _crumbs(customer))


@needs(CHANGE)
def contact(request: HttpRequest, pk: int, contact: int | None = None) -> HttpResponse:
    """Somebody to speak to: added, changed, removed."""
    customer = _customer(request, pk)
    held = Contact.objects.filter(customer=customer, pk=contact).first() if contact is not None else None
    if contact is not None and held is None:
        raise Http404
    to = lambda: redirect("customers:detail", pk)  # noqa: E731
    if request.method == "POST" and "remove" in request.POST and held is not None:
        services.remove_contact(held, by=request.user)
        messages.success(request, _("%(name)s is removed.") % {"name": held.name})
        return redirect("customers:detail", pk)
    form = forms.ContactForm(request.POST or None, instance=held)

    def save(told: dict[str, Any]) -> str:
        services.set_contact(customer, by=request.user, contact=held, **told)
        return str(_("Saved."))

    return _save(request, form, held.name if held else _("New contact"), to, save, _crumbs(customer))


@needs(TERMS)
def open_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """A new agreement of a customer."""
    customer = _customer(request, pk, TERMS)
    form = forms.OpenForm(request.POST or None, initial={"on": enterprise.today(), "address": customer.address})
    made: list[Any] = []

    def save(told: dict[str, Any]) -> str:
        point = told.pop("point")
        made.append(services.open_agreement(customer, points=[point], by=request.user, **told))
        return str(_("Agreement %(number)s is opened.") % {"number": made[0].number})

    to = lambda: redirect("customers:agreement", made[0].pk)  # noqa: E731
    return _save(request, form, _("New agreement"), to, save, _crumbs(customer))


def _of_agreement(
    request: HttpRequest, pk: int, form: Any, title: str, save: Callable[[Any, dict[str, Any]], str], note: str = ""
) -> HttpResponse:
    one = agreements.found(request, pk, TERMS)
    return _save(
        request, form(one) if callable(form) else form, title, lambda: redirect("customers:agreement", pk),
        lambda told: save(one, told), _crumbs(one.customer, one), note,
    )  # fmt: skip


def _terms_of(version: Any) -> dict[str, Any]:
    names = (
        "tariff", "customer_class", "voltage", "market", "demand_method", "capacity_va", "contract_w", "options",
    )  # fmt: skip
    return {name: getattr(version, name) for name in names}


@needs(CORRECT)
def correct_terms(request: HttpRequest, pk: int) -> HttpResponse:
    """What was agreed on from the beginning of a version, where it was written down wrongly."""
    rows = gate.visible(request.user, CORRECT, AgreementVersion.objects.all(), unit="agreement__unit")
    version = get_object_or_404(rows.select_related("agreement__customer", "agreement__unit"), pk=pk)

    def save(told: dict[str, Any]) -> str:
        services.correct_terms(version, by=request.user, **told)
        return str(_("The terms are corrected. Bills of their days follow when their runs are corrected."))

    one, form = version.agreement, forms.CorrectionForm(request.POST or None, initial=_terms_of(version))
    title = _("Correct the terms from %(day)s") % {"day": version.valid_from}
    to = lambda: redirect("customers:agreement", one.pk)  # noqa: E731
    return _save(request, form, title, to, save, _crumbs(one.customer, one))


@needs(TERMS)
def new_terms(request: HttpRequest, pk: int) -> HttpResponse:
    """New terms from a day on."""

    def form(one: Any) -> Any:
        version = queries.version_on(one, enterprise.today()) or one.versions.last()
        return forms.TermsForm(request.POST or None, initial=_terms_of(version) if version else {})

    def save(one: Any, told: dict[str, Any]) -> str:
        services.new_terms(one, by=request.user, **told)
        return str(_("New terms hold from %(day)s.") % {"day": told["on"]})

    return _of_agreement(request, pk, form, _("New terms"), save)


@needs(TERMS)
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """Another owner from a day on."""

    def save(one: Any, told: dict[str, Any]) -> str:
        services.transfer_agreement(one, told["to"], on=told["on"], by=request.user, reason=told["reason"])
        return str(_("%(name)s has it from %(day)s.") % {"name": told["to"].name, "day": told["on"]})

    form = forms.TransferForm(request.POST or None, request=request)
    return _of_agreement(request, pk, form, _("Transfer"), save)


@needs(TERMS)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """The end of an agreement."""

    def save(one: Any, told: dict[str, Any]) -> str:
        services.close_agreement(one, by=request.user, **told)
        return str(_("The agreement ends on %(day)s.") % {"day": told["on"]})

    note = _("The day given is its last; bills up to it are made as usual.")
    return _of_agreement(request, pk, forms.DayForm(request.POST or None), _("Close the agreement"), save, note)


@needs(TERMS)
def add_point(request: HttpRequest, pk: int) -> HttpResponse:
    """A new usage point."""

    def save(one: Any, told: dict[str, Any]) -> str:
        services.add_point(one, by=request.user, **told)
        return str(_("Point %(number)s is added.") % {"number": told["number"]})

    return _of_agreement(
        request, pk, lambda one: forms.PointForm(request.POST or None, agreement=one), _("New usage point"), save
    )


@needs(TERMS)
def end_point(request: HttpRequest, pk: int) -> HttpResponse:
    """The end of a usage point."""
    point = UsagePoint.objects.select_related("agreement__unit").filter(pk=pk).first()
    if point is None:
        raise Http404

    def save(_one: Any, told: dict[str, Any]) -> str:
        services.end_point(point, by=request.user, **told)
        return str(_("Point %(number)s ends on %(day)s.") % {"number": point.number, "day": told["on"]})

    title = _("End point %(number)s") % {"number": point.number}
    return _of_agreement(request, point.agreement_id, forms.DayForm(request.POST or None), title, save)


@needs(TERMS)
def transformer(request: HttpRequest, pk: int) -> HttpResponse:
    """What a transformer is from a day on."""

    def save(one: Any, told: dict[str, Any]) -> str:
        services.set_transformer(one, by=request.user, **told)
        return str(_("Saved."))

    form = forms.TransformerForm(request.POST or None, initial={"name": request.GET.get("name", "")})
    return _of_agreement(request, pk, form, _("Transformer"), save)
