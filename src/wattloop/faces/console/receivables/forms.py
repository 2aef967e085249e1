"""What is asked at the desk, of payments, charges and the books."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.models import Unit
from wattloop.apps.enterprise.wording import in_words
from wattloop.apps.receivables.amounts import whole
from wattloop.apps.receivables.ruled import rules
from wattloop.faces.web import showing
from wattloop.library.quantity.refusal import Refused


class MoneyField(forms.CharField):
    """An amount in whole units with decimals, as people type it; clean, it is in the smallest unit."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})

    def clean(self, value: Any) -> int | None:
        """The amount."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return whole(text, enterprise.settings().minor_digits)
        except Refused:
            raise forms.ValidationError(_("Write an amount such as 1234.50.")) from None


def typed(amount: int) -> str:
    """An amount as a field shows it."""
    return f"{showing.as_decimal(amount, enterprise.settings().currency)}"


def methods(*, desk: bool) -> list[tuple[str, str]]:
    """The ways to pay, in the reader's language."""
    return [
        (code, in_words({"zh": rule.name.zh, "en": rule.name.en}))
        for code, rule in rules().methods.items()
        if rule.desk or not desk
    ]


class OpenDayForm(forms.Form):
    """What lies in the drawer in the morning."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unit"), empty_label=None)
    opening = MoneyField(label=_("In the drawer"), initial="0.00")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = gate.visible(user, "receivables.desk.open", Unit.objects.filter(active=True), unit="pk")
        self.fields["unit"].queryset = units
        employee = getattr(user, "employee", None)
        if employee is not None:
            self.initial.setdefault("unit", employee.unit_id)


class CloseDayForm(forms.Form):
    """What was counted in the evening."""

    counted = MoneyField(label=_("Counted"), widget=forms.TextInput(attrs={"inputmode": "decimal", "autofocus": True}))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=300, help_text=_("Needed where the drawer is over or short.")
    )  # fmt: skip


class TakeForm(forms.Form):
    """A payment at the desk."""

    amount = MoneyField(label=_("Paid"))
    tendered = MoneyField(label=_("Handed over"), required=False, help_text=_("For the change."))
    method = forms.ChoiceField(label=_("Method"))
    payer = forms.CharField(label=_("Paid by"), required=False, max_length=200)
    owed = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = methods(desk=True)


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class AmountForm(ReasonForm):
    """An amount with a reason."""

    amount = MoneyField(label=_("Amount"))
    field_order: ClassVar[tuple[str, ...]] = ("amount", "reason")


class RefundForm(AmountForm):
    """An amount to give back, and how."""

    method = forms.ChoiceField(label=_("Method"))
    field_order = ("amount", "method", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = methods(desk=False)


class AdjustForm(AmountForm):
    """What of a charge is waived or written off."""

    kind = forms.ChoiceField(label=_("What"), choices=[("waiver", _("Waive")), ("write-off", _("Write off"))])
    field_order = ("kind", "amount", "reason")


class MatchForm(forms.Form):
    """Whose a payment is."""

    number = forms.CharField(label=_("Agreement"), max_length=40)


class PlanForm(forms.Form):
    """An instalment plan."""

    count = forms.IntegerField(label=_("Instalments"), min_value=2, initial=3)
    first_due = forms.DateField(label=_("First due"), widget=forms.DateInput({"type": "date"}))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("first_due", enterprise.today() + dt.timedelta(days=30))


class FileForm(forms.Form):
    """A bank's file."""

    file = forms.FileField(
        label=_("CSV file of a bank"), widget=forms.FileInput({"accept": ".csv,.txt,text/csv,text/plain"})
    )  # fmt: skip


class MonthForm(forms.Form):
    """A month to close."""

    month = forms.CharField(label=_("Month"), widget=forms.TextInput({"type": "month"}))

    def clean_month(self) -> dt.date:
        """Its first day."""
        try:
            return dt.date.fromisoformat(f"{self.cleaned_data['month']}-01")
        except ValueError:
            raise forms.ValidationError(_("Write a month such as 2026-11.")) from None


class DayForm(forms.Form):
    """A day."""

    on = forms.DateField(label=_("Up to"), required=False, widget=forms.DateInput({"type": "date"}))
