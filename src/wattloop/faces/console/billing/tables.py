"""The area's tables and their filters."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from wattloop.apps.billing.models import Bill, BillException, BillRun, Shock
from wattloop.apps.enterprise.models import Unit
from wattloop.faces.console.billing import tones
from wattloop.faces.console.billing.saying import RuleNames, sentence
from wattloop.faces.web.tables import (
    BadgeColumn,
    DayColumn,
    EnergyColumn,
    MomentColumn,
    MoneyColumn,
    NumberColumn,
    SelectColumn,
    Table,
)


class RunTable(Table):
    """Bill runs."""

    pk = tables.Column(verbose_name=_("No."), linkify=("billing:run", {"pk": tables.A("pk")}))
    name = tables.Column(verbose_name=_("Run"), linkify=("billing:run", {"pk": tables.A("pk")}))
    kind = tables.Column(verbose_name=_("Kind"))
    unit = tables.Column(verbose_name=_("Unit"), orderable=False)
    period_start = DayColumn(verbose_name=_("From"))
    state = BadgeColumn(verbose_name=_("State"), tones=tones.RUN)
    bills = NumberColumn(verbose_name=_("Bills"))
    held = NumberColumn(verbose_name=_("Held back"))
    energy_wh = EnergyColumn(verbose_name=_("Energy, kWh"))
    amount = MoneyColumn(verbose_name=_("Amount"))
    made_at = MomentColumn(verbose_name=_("Planned"))

    class Meta:
        model = BillRun
        fields = ("pk", "name", "kind", "unit", "period_start", "state", "bills", "held", "energy_wh", "amount",
                  "made_at")  # fmt: skip
        empty_text = _("No bill run yet.")


class RunFilter(filters.FilterSet):
    """By state, kind and unit."""

    state = filters.ChoiceFilter(label=_("State"), choices=BillRun.State.choices)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=BillRun.Kind.choices)
    unit = filters.ModelChoiceFilter(label=_("Unit"), queryset=Unit.objects.filter(active=True))

    class Meta:
        model = BillRun
        fields = ("state", "kind", "unit")


class BillTable(Table):
    """The bills of a run."""

    agreement = tables.Column(
        verbose_name=_("Agreement"), accessor="agreement__number", linkify=("billing:bill", {"pk": tables.A("pk")})
    )
    customer = tables.Column(verbose_name=_("Customer"), accessor="agreement__customer__name", orderable=False)
    number = tables.Column(verbose_name=_("Number"), default="")
    tariff = tables.Column(verbose_name=_("Tariff"))
    state = BadgeColumn(verbose_name=_("State"), tones=tones.BILL)
    energy_wh = EnergyColumn(verbose_name=_("Energy, kWh"))
    amount = MoneyColumn(verbose_name=_("Amount"))
    due_on = DayColumn(verbose_name=_("Due"))

    class Meta:
        model = Bill
        fields = ("agreement", "customer", "number", "tariff", "state", "energy_wh", "amount", "due_on")
        empty_text = _("No bill here.")


class BillFilter(filters.FilterSet):
    """By state, tariff and agreement."""

    state = filters.ChoiceFilter(label=_("State"), choices=Bill.State.choices)
    tariff = filters.CharFilter(label=_("Tariff"), lookup_expr="exact")
    agreement = filters.CharFilter(label=_("Agreement"), field_name="agreement__number", lookup_expr="startswith")
    unit = filters.ModelChoiceFilter(
        label=_("Unit"), field_name="agreement__unit", queryset=Unit.objects.filter(active=True)
    )

    class Meta:
        model = Bill
        fields = ("state", "tariff", "agreement", "unit")


class ExceptionTable(Table):
    """Exceptions to be worked."""

    chosen = SelectColumn()
    severity = BadgeColumn(verbose_name=_("Severity"), tones=tones.SEVERITY)
    rule = tables.Column(verbose_name=_("Rule"), linkify=("billing:exception", {"pk": tables.A("pk")}))
    agreement = tables.Column(verbose_name=_("Agreement"), accessor="agreement__number")
    customer = tables.Column(verbose_name=_("Customer"), accessor="agreement__customer__name", orderable=False)
    unit = tables.Column(verbose_name=_("Unit"), orderable=False)
    found = tables.Column(verbose_name=_("Found"), orderable=False)
    weight = MoneyColumn(verbose_name=_("At stake"))
    state = BadgeColumn(verbose_name=_("State"), tones=tones.EXCEPTION)
    assigned = tables.Column(verbose_name=_("Given to"))
    note = tables.Column(verbose_name=_("Note"), orderable=False)

    class Meta:
        model = BillException
        fields = ("chosen", "severity", "rule", "agreement", "customer", "unit", "found", "weight", "state", "assigned",
                  "note")  # fmt: skip
        empty_text = _("No exception here.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named = RuleNames()

    def render_rule(self, record: BillException) -> str:
        """Its name."""
        return self.named(record)

    def render_found(self, record: BillException) -> str:
        """What was found, in a sentence."""
        return sentence(record)

    def value_found(self, record: BillException) -> str:
        """The same."""
        return sentence(record)


class ExceptionFilter(filters.FilterSet):
    """By severity, state, rule, unit, run and whom it is given to."""

    severity = filters.ChoiceFilter(label=_("Severity"), choices=BillException.Severity.choices)
    state = filters.ChoiceFilter(label=_("State"), choices=BillException.State.choices)
    rule = filters.CharFilter(label=_("Rule"), lookup_expr="exact")
    unit = filters.ModelChoiceFilter(label=_("Unit"), queryset=Unit.objects.filter(active=True))
    run = filters.ModelChoiceFilter(label=_("Run"), queryset=BillRun.objects.exclude(state="cancelled"))
    assigned = filters.CharFilter(label=_("Given to"), lookup_expr="exact")

    class Meta:
        model = BillException
        fields = ("severity", "state", "rule", "unit", "run", "assigned")


class PartColumn(MoneyColumn):
    """A part of a rise; nothing is left blank."""

    def render(self, value: int) -> str:
        """The amount, or nothing."""
        return super().render(value) if value else ""


class ShockTable(Table):
    """The largest rises of a run, split."""

    agreement = tables.Column(
        verbose_name=_("Agreement"), accessor="bill__agreement__number",
        linkify=("billing:bill", {"pk": tables.A("bill_id")}), orderable=False,
    )  # fmt: skip
    customer = tables.Column(verbose_name=_("Customer"), accessor="bill__agreement__customer__name", orderable=False)
    before_start = DayColumn(verbose_name=_("Compared with"))
    before = MoneyColumn(verbose_name=_("Then"))
    now = MoneyColumn(verbose_name=_("Now"), accessor="bill__amount")
    rise = MoneyColumn(verbose_name=_("Rise"))
    price = PartColumn(verbose_name=_("Price"))
    use = PartColumn(verbose_name=_("Use"))
    tier = PartColumn(verbose_name=_("Tier"))
    power_factor = PartColumn(verbose_name=_("Power factor"))
    other = PartColumn(verbose_name=_("Other"))

    class Meta:
        model = Shock
        fields = ("agreement", "customer", "before_start", "before", "now", "rise", "price", "use", "tier",
                  "power_factor", "other")  # fmt: skip
        empty_text = _("No bill rose by enough to be listed, or there is nothing to compare with yet.")


class AgreementBillTable(Table):
    """The bills of one agreement."""

    number = tables.Column(verbose_name=_("Number"), linkify=("billing:bill", {"pk": tables.A("pk")}), orderable=False)
    period_start = DayColumn(verbose_name=_("From"), orderable=False)
    kind = tables.Column(verbose_name=_("Kind"), empty_values=(), orderable=False)
    energy_wh = EnergyColumn(verbose_name=_("Energy, kWh"), orderable=False)
    amount = MoneyColumn(verbose_name=_("Amount"), orderable=False)
    due_on = DayColumn(verbose_name=_("Due"), orderable=False)

    class Meta:
        model = Bill
        fields = ("number", "period_start", "kind", "energy_wh", "amount", "due_on")
        empty_text = _("No bill was issued yet.")

    def render_kind(self, record: Any) -> Any:
        """Whether it is a bill or a correction."""
        return _("correction") if record.sequence else _("bill")
