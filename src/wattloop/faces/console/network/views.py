"""Grid places: transformer areas, feeders, supplies, and important users without a second one."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.network import queries, services
from wattloop.apps.network.models import Area, Feeder
from wattloop.faces.console.customers import words
from wattloop.faces.console.customers.forms import Day, Thousands, tell
from wattloop.faces.console.customers.tables import units_of
from wattloop.faces.console.frame import address
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.faces.web.tables import BadgeColumn, NumberColumn, Table
from wattloop.library.quantity.refusal import Refused

VIEW, CHANGE = "network.place.view", "network.place.change"


class AreaTable(Table):
    """Transformer areas."""

    code = tables.Column(verbose_name=gettext_lazy("Code"), linkify=("network:area", {"pk": tables.A("pk")}))
    name = tables.Column(verbose_name=gettext_lazy("Name"))
    feeder = tables.Column(verbose_name=gettext_lazy("Feeder"), order_by=("feeder__code",))
    capacity_va = NumberColumn(verbose_name=gettext_lazy("Capacity, kVA"))
    supplied = NumberColumn(verbose_name=gettext_lazy("Agreements"))
    unit = tables.Column(verbose_name=gettext_lazy("Unit"), order_by=("unit__path",))

    class Meta:
        model = Area
        fields = ("code", "name", "feeder", "capacity_va", "supplied", "unit")

    def render_capacity_va(self, value: int, bound_column: Any) -> Any:
        """In kVA."""
        return bound_column.column.render(value // 1000)


class FeederTable(Table):
    """Feeders."""

    code = tables.Column(verbose_name=gettext_lazy("Code"), linkify=("network:feeder", {"pk": tables.A("pk")}))
    name = tables.Column(verbose_name=gettext_lazy("Name"))
    voltage = tables.Column(verbose_name=gettext_lazy("Voltage"))
    station = tables.Column(verbose_name=gettext_lazy("Substation"))
    count_areas = NumberColumn(verbose_name=gettext_lazy("Transformer areas"))
    supplied = NumberColumn(verbose_name=gettext_lazy("Agreements of its own"))
    unit = tables.Column(verbose_name=gettext_lazy("Unit"), order_by=("unit__path",))

    class Meta:
        model = Feeder
        fields = ("code", "name", "voltage", "station", "count_areas", "supplied", "unit")


class AgreementTable(Table):
    """Agreements that a place supplies."""

    number = tables.Column(
        verbose_name=gettext_lazy("Agreement"), linkify=("customers:agreement", {"pk": tables.A("pk")})
    )
    customer = tables.Column(verbose_name=gettext_lazy("Customer"), order_by=("customer__name",))
    importance = BadgeColumn(
        accessor="customer__importance", verbose_name=gettext_lazy("Importance"), tones=words.IMPORTANCE_TONES
    )
    address = tables.Column(verbose_name=gettext_lazy("Address"), orderable=False)
    unit = tables.Column(verbose_name=gettext_lazy("Unit"), order_by=("unit__path",))

    class Meta:
        model = Agreement
        fields = ("number", "customer", "importance", "address", "unit")

    def render_importance(self, record: Agreement, bound_column: Any) -> Any:
        """In the reader's words."""
        label = dict(words.IMPORTANCE)[record.customer.importance]
        return bound_column.column.render(label, record=record, bound_column=bound_column)


def _units(request: Any) -> Any:
    return units_of(request, VIEW)


class AreaFilter(filters.FilterSet):
    """By unit, feeder and name."""

    unit = filters.ModelChoiceFilter(label=gettext_lazy("Unit"), queryset=_units)
    feeder = filters.ModelChoiceFilter(
        label=gettext_lazy("Feeder"), queryset=lambda request: gate.visible(request.user, VIEW, Feeder.objects.all())
    )
    name = filters.CharFilter(label=gettext_lazy("Name"), lookup_expr="icontains")

    class Meta:
        model = Area
        fields: tuple[str, ...] = ()


class FeederFilter(filters.FilterSet):
    """By unit and name."""

    unit = filters.ModelChoiceFilter(label=gettext_lazy("Unit"), queryset=_units)
    name = filters.CharFilter(label=gettext_lazy("Name"), lookup_expr="icontains")

    class Meta:
        model = Feeder
        fields: tuple[str, ...] = ()


class AgreementFilter(filters.FilterSet):
    """By unit and importance."""

    unit = filters.ModelChoiceFilter(label=gettext_lazy("Unit"), queryset=_units)
    importance = filters.ChoiceFilter(
        label=gettext_lazy("Importance"), field_name="customer__importance", choices=words.IMPORTANCE[1:]
    )

    class Meta:
        model = Agreement
        fields: tuple[str, ...] = ()


@needs(VIEW)
def areas(request: HttpRequest) -> HttpResponse:
    """Transformer areas."""
    rows = gate.visible(request.user, VIEW, queries.areas())
    return listing(
        request, rows, AreaTable, title=_("Transformer areas"), filters=AreaFilter, name="areas",
        template="console/network/list.html", new=address("network:area_new") if _may(request) else "",
        crumbs=[(_("Transformer areas"), "")],
    )  # fmt: skip


@needs(VIEW)
def feeders(request: HttpRequest) -> HttpResponse:
    """Feeders."""
    rows = gate.visible(request.user, VIEW, queries.feeders())
    return listing(
        request, rows, FeederTable, title=_("Feeders"), filters=FeederFilter, name="feeders",
        template="console/network/list.html", new=address("network:feeder_new") if _may(request) else "",
        crumbs=[(_("Feeders"), "")],
    )  # fmt: skip


def _may(request: HttpRequest) -> bool:
    return gate.may(request.user, CHANGE)


def _place(request: HttpRequest, model: Any, pk: int, action: str = VIEW) -> Any:
    found = gate.visible(request.user, action, model.objects.select_related("unit")).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@needs(VIEW)
def area(request: HttpRequest, pk: int) -> HttpResponse:
    """A transformer area, and whom it supplies."""
    return _of_place(request, _place(request, Area, pk), "network:areas", _("Transformer areas"), "area_change")


@needs(VIEW)
def feeder(request: HttpRequest, pk: int) -> HttpResponse:
    """A feeder, and whom it supplies itself."""
    return _of_place(request, _place(request, Feeder, pk), "network:feeders", _("Feeders"), "feeder_change")


def _of_place(request: HttpRequest, place: Any, of: str, label: str, change: str) -> HttpResponse:
    rows = gate.visible(request.user, VIEW, queries.agreements_of(place).select_related("customer", "unit"))
    may_change = gate.may(request.user, CHANGE, place.unit)
    return listing(
        request, rows, AgreementTable, title=str(place), filters=AgreementFilter, name=place.code,
        template="console/network/place.html", place=place, change=f"network:{change}" if may_change else "",
        areas=list(place.areas.all()[:200]) if isinstance(place, Feeder) else [],
        is_area=isinstance(place, Area), crumbs=[(label, address(of)), (place.code, "")],
    )  # fmt: skip


@needs(VIEW)
def second_supply(request: HttpRequest) -> HttpResponse:
    """Important users without a second supply."""
    rows = queries.without_second_supply().select_related("customer", "unit")
    return listing(
        request, gate.visible(request.user, VIEW, rows), AgreementTable, filters=AgreementFilter, name="second-supply",
        title=_("Important users without a second supply"), crumbs=[(_("Important users without a second supply"), "")],
    )  # fmt: skip


class _PlaceForm(forms.ModelForm):
    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_of(request, CHANGE)
        if "feeder" in self.fields:
            self.fields["feeder"].queryset = gate.visible(request.user, VIEW, Feeder.objects.all())

    def _post_clean(self) -> None:
        """The service saves, so nothing typed is put on the object here."""


class AreaForm(_PlaceForm):
    """A transformer area."""

    capacity_va = Thousands(label=gettext_lazy("Capacity, kVA"), required=False)

    class Meta:
        model = Area
        fields = ("code", "name", "feeder", "capacity_va", "gate_point", "unit")
        labels = {  # noqa: RUF012 - read only
            "code": gettext_lazy("Code"), "name": gettext_lazy("Name"), "feeder": gettext_lazy("Feeder"),
            "gate_point": gettext_lazy("Point that measures what goes in"), "unit": gettext_lazy("Unit"),
        }  # fmt: skip


class FeederForm(_PlaceForm):
    """A feeder."""

    class Meta:
        model = Feeder
        fields = ("code", "name", "voltage", "station", "unit")
        labels = {  # noqa: RUF012 - read only
            "code": gettext_lazy("Code"), "name": gettext_lazy("Name"), "voltage": gettext_lazy("Voltage"),
            "station": gettext_lazy("Substation"), "unit": gettext_lazy("Unit"),
        }  # fmt: skip


@needs(CHANGE)
def change_area(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A transformer area added or changed."""
    held = _place(request, Area, pk, CHANGE) if pk is not None else None
    form = AreaForm(request.POST or None, instance=held, request=request)
    return _saved(request, form, lambda told: services.set_area(by=request.user, area=held, **told), "network:area",
                  _("Transformer areas"), "network:areas", str(held or _("New transformer area")))  # fmt: skip


@needs(CHANGE)
def change_feeder(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A feeder added or changed."""
    held = _place(request, Feeder, pk, CHANGE) if pk is not None else None
    form = FeederForm(request.POST or None, instance=held, request=request)
    return _saved(request, form, lambda told: services.set_feeder(by=request.user, feeder=held, **told),
                  "network:feeder", _("Feeders"), "network:feeders", str(held or _("New feeder")))  # fmt: skip


def _saved(request: HttpRequest, form: Any, save: Any, to: str, label: str, of: str, title: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            made = save(form.cleaned_data)
        except Refused as refused:
            if isinstance(refused, gate.NotAllowed):
                raise
            tell(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect(to, made.pk)
    context = {"form": form, "title": title, "crumbs": [(label, address(of))], "may_save": True}
    return render(request, "console/customers/form.html", context, status=200 if request.method == "GET" else 422)


class SupplyForm(forms.Form):
    """By what an agreement is supplied from a day on."""

    rank = forms.ChoiceField(label=gettext_lazy("Supply"), choices=words.RANKS)
    on = forms.DateField(label=gettext_lazy("From"), widget=Day)
    area = forms.CharField(label=gettext_lazy("Transformer area"), max_length=40, required=False)
    feeder = forms.CharField(label=gettext_lazy("Feeder"), max_length=40, required=False)
    capacity_va = Thousands(label=gettext_lazy("Capacity, kVA"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_area(self) -> Area | None:
        """By its code."""
        found: Area | None = self._named(Area, self.cleaned_data["area"])
        return found

    def clean_feeder(self) -> Feeder | None:
        """By its code."""
        found: Feeder | None = self._named(Feeder, self.cleaned_data["feeder"])
        return found

    def _named(self, model: Any, code: str) -> Any:
        if not code.strip():
            return None
        rows: QuerySet[Any] = gate.visible(self.request.user, VIEW, model.objects.all())
        found = rows.filter(code=code.strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such code."))
        return found


@needs(CHANGE)
def supply(request: HttpRequest, pk: int) -> HttpResponse:
    """A new supply of an agreement."""
    agreement: Agreement | None = (
        gate.visible(request.user, CHANGE, Agreement.objects.select_related("unit", "customer")).filter(pk=pk).first()
    )
    if agreement is None:
        raise Http404
    form = SupplyForm(request.POST or None, request=request, initial={"on": enterprise.today()})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_supply(agreement, by=request.user, **form.cleaned_data)
        except Refused as refused:
            tell(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("customers:agreement", pk)
    crumbs = [(_("Customers"), address("customers:list")), (agreement.number, "")]
    context = {"form": form, "title": _("New supply"), "crumbs": crumbs, "may_save": True}
    return render(request, "console/customers/form.html", context, status=200 if request.method == "GET" else 422)
