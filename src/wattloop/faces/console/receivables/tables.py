"""The area's lists, and what they are filtered by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.forms import DateInput
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import queries
from wattloop.apps.receivables.models import BankFile, Charge, Notice, Payment, Transfer
from wattloop.faces.console.receivables import words
from wattloop.faces.web.tables import (
    BadgeColumn,
    DayColumn,
    MomentColumn,
    MoneyColumn,
    NumberColumn,
    SelectColumn,
    Table,
)

DAY = DateInput(attrs={"type": "date"})


class PaymentTable(Table):
    """Payments."""

    chosen = SelectColumn()
    paid_on = DayColumn(verbose_name=_("Paid on"))
    reference = tables.Column(
        verbose_name=_("Reference"), linkify=("receivables:payment", {"pk": tables.A("pk")}), orderable=False
    )
    agreement = tables.Column(verbose_name=_("Agreement"), orderable=False, default="–")
    payer = tables.Column(verbose_name=_("Payer"), orderable=False)
    method = tables.Column(verbose_name=_("Method"), orderable=False)
    amount = MoneyColumn(verbose_name=_("Amount"))
    unused = MoneyColumn(verbose_name=_("Unused"))
    state = BadgeColumn(verbose_name=_("State"), tones=words.PAYMENT_TONES, orderable=False)
    suggested = tables.Column(verbose_name=_("May be for"), orderable=False, empty_values=())

    class Meta:
        model = Payment
        fields = (
            "chosen", "paid_on", "reference", "agreement", "payer", "method", "amount", "unused", "state", "suggested",
        )  # fmt: skip
        order_by = ("-paid_on",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._methods = words.methods()  # asked for once, not for each row

    def render_state(self, record: Payment) -> SafeString:
        """In the reader's words."""
        return words.payment_state(record.state)

    def value_state(self, record: Payment) -> str:
        """Its name."""
        return str(record.state)

    def render_method(self, value: str) -> str:
        """In the reader's words."""
        return self._methods.get(value, value)

    def render_suggested(self, record: Payment) -> SafeString | str:
        """The best suggestion and why."""
        if record.agreement_id is not None or not record.suggested:
            return ""
        best = record.suggested[0]
        return format_html('{} <span class="text-muted">{}</span>', best["number"], words.reasons(best["why"]))

    def value_suggested(self, record: Payment) -> str:
        """The numbers."""
        return " ".join(one["number"] for one in record.suggested) if record.agreement_id is None else ""


class PaymentFilter(filters.FilterSet):
    """By state, day, method and number."""

    state = filters.ChoiceFilter(
        label=_("State"), method="of_state", choices=words.PAYMENT_CHOICES, empty_label=_("all")
    )
    since = filters.DateFilter(label=_("From"), field_name="paid_on", lookup_expr="gte", widget=DAY)
    until = filters.DateFilter(label=_("To"), field_name="paid_on", lookup_expr="lte", widget=DAY)
    number = filters.CharFilter(label=_("Agreement"), field_name="agreement__number")
    reference = filters.CharFilter(label=_("Reference"), lookup_expr="startswith")
    source = filters.CharFilter(label=_("Source"))

    class Meta:
        model = Payment
        fields = ()

    def of_state(self, rows: QuerySet[Payment], _name: str, value: str) -> QuerySet[Payment]:
        """One state, or those that wait for somebody."""
        states = [Payment.State.DOUBTFUL, Payment.State.UNKNOWN] if value == "waiting" else [value]
        return rows.filter(state__in=states)


class BankFileTable(Table):
    """Bank files."""

    at = MomentColumn(verbose_name=_("When"))
    name = tables.Column(verbose_name=_("File"), linkify=("receivables:bank_file", {"pk": tables.A("pk")}))
    by = tables.Column(verbose_name=_("Who"))
    rows_ = NumberColumn(accessor="rows", verbose_name=_("Rows"))
    taken = NumberColumn(verbose_name=_("Taken in"))
    known = NumberColumn(verbose_name=_("Known"))
    refused = NumberColumn(verbose_name=_("Refused"))
    amount = MoneyColumn(verbose_name=_("Amount"))

    class Meta:
        model = BankFile
        fields = ("at", "name", "by", "rows_", "taken", "known", "refused", "amount")
        order_by = ("-at",)


class ChargeTable(Table):
    """Charges."""

    due_on = DayColumn(verbose_name=_("Due"))
    agreement = tables.Column(
        verbose_name=_("Agreement"), linkify=("receivables:account", {"pk": tables.A("agreement_id")}), orderable=False
    )
    customer = tables.Column(accessor="agreement__customer__name", verbose_name=_("Customer"), orderable=False)
    reference = tables.Column(
        verbose_name=_("Charge"), linkify=("receivables:charge", {"pk": tables.A("pk")}), orderable=False,
        empty_values=(),
    )  # fmt: skip
    kind = tables.Column(verbose_name=_("Kind"), orderable=False)
    amount = MoneyColumn(verbose_name=_("Amount"))
    open = MoneyColumn(verbose_name=_("Open"), orderable=False)
    state = tables.Column(verbose_name=_("State"), orderable=False)

    class Meta:
        model = Charge
        fields = ("due_on", "agreement", "customer", "reference", "kind", "amount", "open", "state")
        order_by = ("due_on",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = enterprise.today()

    def render_reference(self, record: Charge) -> str:
        """Its number, or what it is where it has none."""
        return str(record.reference or record.text or record.key)

    def render_kind(self, value: str) -> str:
        """In the reader's words."""
        return words.charge_kind(value)

    def render_state(self, record: Charge) -> SafeString:
        """In the reader's words."""
        return words.charge_state(record, self._today)

    def value_state(self, record: Charge) -> str:
        """Its name."""
        return str(record.paused or record.state)


class ChargeFilter(filters.FilterSet):
    """By state, age, unit, class and number."""

    state = filters.ChoiceFilter(
        label=_("State"), choices=words.CHARGE_CHOICES, empty_label=_("all"), method="of_state"
    )
    age = filters.NumberFilter(label=_("Age"), method="of_age", min_value=0, max_value=20)
    unit = filters.NumberFilter(label=_("Unit"), field_name="agreement__unit", min_value=0, max_value=2**31)
    group = filters.CharFilter(label=_("Class"), method="of_class")
    number = filters.CharFilter(label=_("Agreement"), field_name="agreement__number")

    class Meta:
        model = Charge
        fields = ()

    def of_state(self, rows: QuerySet[Charge], _name: str, value: str) -> QuerySet[Charge]:
        """Open, overdue, in dispute, …"""
        if value == "overdue":
            return rows.filter(state=Charge.State.OPEN, due_on__lt=enterprise.today(), amount__gt=0)
        return rows.filter(paused=value) if value in {"dispute", "instalments"} else rows.filter(state=value)

    def of_age(self, rows: QuerySet[Charge], _name: str, value: Any) -> QuerySet[Charge]:
        """The place among the ages."""
        return rows.filter(state=Charge.State.OPEN).annotate(age_=queries.age_of(enterprise.today())).filter(age_=value)

    def of_class(self, rows: QuerySet[Charge], _name: str, value: str) -> QuerySet[Charge]:
        """The class of the agreement now."""
        return rows.annotate(class_=queries.class_of()).filter(class_=value)


class NoticeTable(Table):
    """Notices that were sent."""

    on = DayColumn(verbose_name=_("Day"))
    agreement = tables.Column(
        verbose_name=_("Agreement"), linkify=("receivables:account", {"pk": tables.A("agreement_id")}), orderable=False
    )
    step_id = tables.Column(verbose_name=_("Step"), orderable=False)
    channel = tables.Column(verbose_name=_("Channel"), orderable=False)
    amount = MoneyColumn(verbose_name=_("Overdue"))
    by = tables.Column(verbose_name=_("Who"), orderable=False)

    class Meta:
        model = Notice
        fields = ("on", "agreement", "step_id", "channel", "amount", "by")
        order_by = ("-on",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._steps = words.steps()

    def render_step_id(self, value: str) -> str:
        """In the reader's words."""
        return self._steps.get(value, value)

    def render_channel(self, value: str) -> str:
        """In the reader's words."""
        return words.channel(value)


class JournalTable(Table):
    """Transfers: the order of the books is the only one."""

    on = DayColumn(accessor="entry__on", verbose_name=_("Day"), orderable=False)
    entry = NumberColumn(accessor="entry_id", verbose_name=_("Entry"), orderable=False)
    kind = tables.Column(accessor="entry__kind", verbose_name=_("What"), orderable=False)
    debit = tables.Column(verbose_name=_("Debit"), orderable=False)
    credit = tables.Column(verbose_name=_("Credit"), orderable=False)
    amount = MoneyColumn(verbose_name=_("Amount"), orderable=False)
    agreement = tables.Column(verbose_name=_("Agreement"), orderable=False, default="–")
    reference = tables.Column(verbose_name=_("Reference"), orderable=False)
    by = tables.Column(accessor="entry__by", verbose_name=_("Who"), orderable=False)

    class Meta:
        model = Transfer
        fields = ("on", "entry", "kind", "debit", "credit", "amount", "agreement", "reference", "by")

    def render_kind(self, value: str) -> str:
        """In the reader's words."""
        return words.entry_kind(value)

    def render_agreement(self, value: Any, record: Transfer) -> SafeString:
        """Its number, and its account."""
        return format_html('<a href="{}">{}</a>', reverse("receivables:account", args=[record.agreement_id]), value)


class JournalFilter(filters.FilterSet):
    """By day, account, kind, agreement."""

    since = filters.DateFilter(label=_("From"), field_name="entry__on", lookup_expr="gte", widget=DAY)
    until = filters.DateFilter(label=_("To"), field_name="entry__on", lookup_expr="lte", widget=DAY)
    account = filters.CharFilter(label=_("Account"), method="of_account")
    kind = filters.ChoiceFilter(
        label=_("What"), field_name="entry__kind", choices=words.ENTRY_CHOICES, empty_label=_("all")
    )
    number = filters.CharFilter(label=_("Agreement"), field_name="agreement__number")
    reference = filters.CharFilter(label=_("Reference"))

    class Meta:
        model = Transfer
        fields = ()

    def of_account(self, rows: QuerySet[Transfer], _name: str, value: str) -> QuerySet[Transfer]:
        """Debited or credited."""
        return rows.filter(debit__code=value) | rows.filter(credit__code=value)
