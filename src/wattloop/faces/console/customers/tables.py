"""Lists of the area, and what they are filtered by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from wattloop.apps.customers.models import AgreementVersion, Customer, Prospect
from wattloop.apps.enterprise import gate, queries
from wattloop.apps.enterprise.models import Unit
from wattloop.apps.enterprise.wording import in_words
from wattloop.faces.console.customers import words
from wattloop.faces.web.tables import BadgeColumn, DayColumn, EnergyColumn, MoneyColumn, NumberColumn, Table


def units_of(request: Any, action: str) -> QuerySet[Unit]:
    """The units that somebody may do something for."""
    return gate.visible(request.user, action, Unit.objects.filter(active=True), "pk")


def _view_units(request: Any) -> QuerySet[Unit]:
    return units_of(request, "customers.customer.view")


def _tariffs() -> list[tuple[str, str]]:
    return sorted(
        (tariff, in_words({"zh": zh, "en": en}) or tariff) for tariff, (zh, en) in queries.tariff_names().items()
    )


class CustomerFilter(filters.FilterSet):
    """By unit, kind, importance, key account, tariff."""

    unit = filters.ModelChoiceFilter(label=_("Unit"), queryset=_view_units)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=words.KINDS)
    importance = filters.ChoiceFilter(label=_("Importance"), choices=words.IMPORTANCE)
    key_account = filters.BooleanFilter(label=_("Key account"))
    tariff = filters.ChoiceFilter(label=_("Tariff"), choices=_tariffs, method="by_tariff")
    customer_class = filters.ChoiceFilter(label=_("Class"), choices=words.CLASSES, method="by_class")

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def by_tariff(self, rows: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        """Those with an agreement whose terms now name a tariff."""
        return self._by_terms(rows, tariff=value)

    def by_class(self, rows: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        """Those with an agreement of a class now."""
        return self._by_terms(rows, customer_class=value)

    def _by_terms(self, rows: QuerySet[Customer], **told: str) -> QuerySet[Customer]:
        now = AgreementVersion.objects.filter(agreement__customer=OuterRef("pk"), valid_to__isnull=True, **told)
        return rows.filter(Exists(now))


class CustomerTable(Table):
    """Customers."""

    number = tables.Column(verbose_name=_("Number"), linkify=("customers:detail", {"pk": tables.A("pk")}))
    name = tables.Column(verbose_name=_("Name"))
    kind = tables.Column(verbose_name=_("Kind"))
    importance = BadgeColumn(verbose_name=_("Importance"), tones=words.IMPORTANCE_TONES)
    key_account = tables.BooleanColumn(verbose_name=_("Key account"), yesno=("✓", ""), null=True)
    phone = tables.Column(verbose_name=_("Phone"), orderable=False)
    address = tables.Column(verbose_name=_("Address"), orderable=False)
    unit = tables.Column(verbose_name=_("Unit"), order_by=("unit__path",))
    since = DayColumn(verbose_name=_("Since"))

    class Meta:
        model = Customer
        fields = ("number", "name", "kind", "importance", "key_account", "phone", "address", "unit", "since")

    def render_kind(self, record: Customer) -> str:
        """In the reader's words."""
        return str(dict(words.KINDS).get(record.kind, record.kind))

    def render_importance(self, record: Customer, bound_column: Any) -> Any:
        """Ordinary ones say nothing."""
        if record.importance == Customer.Importance.ORDINARY:
            return ""
        label = dict(words.IMPORTANCE)[record.importance]
        return bound_column.column.render(label, record=record, bound_column=bound_column)

    def render_key_account(self, value: bool) -> str:
        """A tick."""
        return "✓" if value else ""


class KeyAccountTable(Table):
    """Key accounts with what they used and paid in twelve months."""

    number = tables.Column(verbose_name=_("Number"), linkify=("customers:detail", {"pk": tables.A("pk")}))
    name = tables.Column(verbose_name=_("Name"))
    manager = tables.Column(verbose_name=_("Account manager"), order_by=("manager__name",))
    importance = BadgeColumn(verbose_name=_("Importance"), tones=words.IMPORTANCE_TONES)
    unit = tables.Column(verbose_name=_("Unit"), order_by=("unit__path",))
    capacity = NumberColumn(verbose_name=_("Capacity, kVA"), orderable=False)
    energy = EnergyColumn(verbose_name=_("Use in 12 months, kWh"))
    billed = MoneyColumn(verbose_name=_("Billed in 12 months"))
    bills = NumberColumn(verbose_name=_("Bills"))

    class Meta:
        model = Customer
        fields = ("number", "name", "manager", "importance", "unit", "capacity", "energy", "billed", "bills")

    def render_importance(self, record: Customer, bound_column: Any) -> Any:
        """In the reader's words."""
        label = dict(words.IMPORTANCE)[record.importance]
        return bound_column.column.render(label, record=record, bound_column=bound_column)


class KeyAccountFilter(filters.FilterSet):
    """By unit and manager."""

    unit = filters.ModelChoiceFilter(label=_("Unit"), queryset=_view_units)
    managed = filters.BooleanFilter(label=_("With a manager"), field_name="manager", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()


class ProspectFilter(filters.FilterSet):
    """By unit and stage."""

    unit = filters.ModelChoiceFilter(
        label=_("Unit"), queryset=lambda request: units_of(request, "customers.prospect.view")
    )
    stage = filters.ChoiceFilter(label=_("Stage"), choices=words.STAGES)

    class Meta:
        model = Prospect
        fields: tuple[str, ...] = ()


class ProspectTable(Table):
    """Prospects."""

    number = tables.Column(verbose_name=_("Number"), linkify=("customers:prospect", {"pk": tables.A("pk")}))
    name = tables.Column(verbose_name=_("Name"))
    stage = BadgeColumn(verbose_name=_("Stage"), tones=words.STAGE_TONES)
    load_w = NumberColumn(verbose_name=_("Expected load, kW"))
    expected_on = DayColumn(verbose_name=_("Expected on"))
    chance_percent = NumberColumn(verbose_name=_("Chance, %"))
    manager = tables.Column(verbose_name=_("Account manager"), order_by=("manager__name",))
    unit = tables.Column(verbose_name=_("Unit"), order_by=("unit__path",))

    class Meta:
        model = Prospect
        fields = ("number", "name", "stage", "load_w", "expected_on", "chance_percent", "manager", "unit")

    def render_stage(self, record: Prospect, bound_column: Any) -> Any:
        """In the reader's words."""
        label = dict(words.STAGES)[record.stage]
        return bound_column.column.render(label, record=record, bound_column=bound_column)

    def render_load_w(self, value: int, bound_column: Any) -> Any:
        """In kW."""
        return bound_column.column.render(value // 1000)

    def value_load_w(self, value: int) -> int:
        """In kW."""
        return value // 1000
