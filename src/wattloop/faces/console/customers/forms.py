"""Forms of the area. They parse; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wattloop.apps.customers.importing.tables import TABLES
from wattloop.apps.customers.models import Contact, Customer, Prospect
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import Employee
from wattloop.faces.console.customers import words
from wattloop.faces.console.customers.tables import _tariffs, units_of
from wattloop.library.quantity.refusal import Refused


class Day(forms.DateInput):
    """A day, chosen in the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def tell(form: forms.BaseForm, refused: Refused) -> None:
    """Say beside the field, or on top, what a service refused."""
    said = f"{refused.what}. {refused.mend}" if refused.mend else refused.what
    form.add_error(refused.field if refused.field in form.fields else None, said)


class _OfUnits(forms.ModelForm):
    """A form of something that belongs to a unit."""

    action = ""

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = units_of(request, self.action)
        self.fields["unit"].queryset = units
        self.fields["unit"].label = _("Unit")
        if not self.instance.pk and units.count() == 1:
            self.fields["unit"].initial = units.first()
        if "manager" in self.fields:
            self.fields["manager"].queryset = Employee.objects.filter(active=True)
            self.fields["manager"].label = _("Account manager")

    def _post_clean(self) -> None:
        """The service saves, so nothing typed is put on the object here."""


class CustomerForm(_OfUnits):
    """A customer."""

    action = "customers.customer.change"

    class Meta:
        model = Customer
        fields = (
            "name", "kind", "unit", "phone", "email", "address", "importance", "key_account", "manager",
            "tax_number", "language", "since", "note",
        )  # fmt: skip
        labels = {  # noqa: RUF012 - read only
            "name": _("Name"), "kind": _("Kind"), "phone": _("Phone"), "email": _("E-mail"), "address": _("Address"),
            "importance": _("Importance"), "key_account": _("Key account"), "tax_number": _("Tax number"),
            "language": _("Language"), "since": _("Since"), "note": _("Note"),
        }  # fmt: skip
        widgets = {"since": Day, "note": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012 - read only

    kind = forms.ChoiceField(label=_("Kind"), choices=words.KINDS)
    importance = forms.ChoiceField(label=_("Importance"), choices=words.IMPORTANCE)
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("as usual")), ("zh-hans", _("Chinese")), ("en", _("English"))],
    )


class ContactForm(forms.ModelForm):
    """Somebody to speak to."""

    class Meta:
        model = Contact
        fields = ("name", "post", "phone", "email", "main")
        labels = {  # noqa: RUF012 - read only
            "name": _("Name"), "post": _("Job title"), "phone": _("Phone"), "email": _("E-mail"),
            "main": _("Main contact"),
        }  # fmt: skip

    def _post_clean(self) -> None:
        """The service saves, so nothing typed is put on the object here."""


class Thousands(forms.DecimalField):
    """kW, kVA or kWh with up to three decimals, as whole W, VA or Wh."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=15, decimal_places=3, min_value=0, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Of the object's whole number."""
        return value / 1000 if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """In whole parts."""
        number = super().clean(value)
        return None if number is None else int(number * 1000)


class ProspectForm(_OfUnits):
    """A prospect."""

    action = "customers.prospect.change"

    class Meta:
        model = Prospect
        fields = (
            "name", "unit", "stage", "customer_class", "voltage", "load_w", "energy_wh_month", "expected_on",
            "chance_percent", "phone", "address", "manager", "note",
        )  # fmt: skip
        labels = {  # noqa: RUF012 - read only
            "name": _("Name"), "voltage": _("Voltage"), "expected_on": _("Expected on"),
            "chance_percent": _("Chance, %"), "phone": _("Phone"), "address": _("Address"), "note": _("Note"),
        }  # fmt: skip
        widgets = {"expected_on": Day, "note": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012 - read only

    stage = forms.ChoiceField(label=_("Stage"), choices=words.STAGES)
    customer_class = forms.ChoiceField(label=_("Class"), required=False, choices=[("", "–"), *words.CLASSES])
    load_w = Thousands(label=_("Expected load, kW"))
    energy_wh_month = Thousands(label=_("Expected use in a month, kWh"), required=False)

    def clean_load_w(self) -> int:
        """A load is above zero."""
        load: int = self.cleaned_data["load_w"]
        if load <= 0:
            raise forms.ValidationError(_("The load is above zero."))
        return load

    def clean_chance_percent(self) -> int:
        """Up to 100."""
        chance: int = self.cleaned_data["chance_percent"]
        if chance > 100:
            raise forms.ValidationError(_("At most 100."))
        return chance


class DayForm(forms.Form):
    """A day and a reason."""

    on = forms.DateField(label=_("Day"), widget=Day)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class TermsForm(DayForm):
    """New terms from a day on."""

    tariff = forms.ChoiceField(label=_("Tariff"))
    customer_class = forms.ChoiceField(label=_("Class"), required=False, choices=[("", "–"), *words.CLASSES])
    voltage = forms.CharField(label=_("Voltage"), max_length=20, required=False)
    market = forms.ChoiceField(label=_("Market"), required=False, choices=words.MARKETS)
    demand_method = forms.ChoiceField(label=_("Demand charge"), required=False, choices=words.METHODS)
    capacity_va = Thousands(label=_("Capacity, kVA"), required=False)
    contract_w = Thousands(label=_("Contract demand, kW"), required=False)
    options = forms.CharField(label=_("Options"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = _tariffs()
        initial = (kwargs.get("initial") or {}).get("tariff")
        if initial and all(tariff != initial for tariff, _name in known):
            known = [(initial, initial), *known]
        self.fields["tariff"].choices = known
        for name, words_of in (("market", words.MARKETS), ("customer_class", words.CLASSES)):
            told = (kwargs.get("initial") or {}).get(name)
            if told and all(value != told for value, _label in words_of):
                self.fields[name].choices = [(told, told), *self.fields[name].choices]


class CorrectionForm(TermsForm):
    """The terms of a version as they ought to have been written down."""

    on = None
    reason = forms.CharField(label=_("Reason"), max_length=200)


class OpenForm(TermsForm):
    """A new agreement: its number, first day, point and terms."""

    field_order = ("number", "on", "point", "address", "tariff")
    number = forms.CharField(label=_("Agreement"), max_length=40)
    point = forms.CharField(label=_("Usage point"), max_length=40)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    reason = None


class TransferForm(DayForm):
    """Another owner."""

    to = forms.CharField(label=_("New owner's customer number"), max_length=40)

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_to(self) -> Customer:
        """A customer that the reader may see."""
        rows = gate.visible(self.request.user, "customers.customer.view", Customer.objects.all())
        found: Customer | None = rows.filter(number=self.cleaned_data["to"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such customer."))
        return found


class PointForm(forms.Form):
    """A new usage point."""

    number = forms.CharField(label=_("Usage point"), max_length=40)
    on = forms.DateField(label=_("First day"), widget=Day)
    behind = forms.ChoiceField(label=_("Behind"), required=False)
    source = forms.ChoiceField(
        label=_("Readings"), required=False,
        choices=[("", _("whichever there are")), ("intervals", _("intervals")), ("registers", _("registers"))],
    )  # fmt: skip
    tariff = forms.ChoiceField(label=_("Tariff of its own"), required=False)
    fixed_wh = Thousands(label=_("Fixed amount, kWh a month"), required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, agreement: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.points = {str(point.pk): point for point in agreement.points.all()}
        self.fields["behind"].choices = [("", "–"), *((pk, p.number) for pk, p in self.points.items())]
        self.fields["tariff"].choices = [("", "–"), *_tariffs()]

    def clean_behind(self) -> Any:
        """The point itself."""
        return self.points.get(self.cleaned_data["behind"])


class TransformerForm(forms.Form):
    """What a transformer is from a day on."""

    name = forms.CharField(label=_("Transformer"), max_length=40)
    on = forms.DateField(label=_("From"), widget=Day)
    state = forms.ChoiceField(label=_("State"), choices=words.TRANSFORMER_STATES)
    capacity_va = Thousands(label=_("Capacity of a new one, kVA"), required=False)


class ImportForm(forms.Form):
    """A file of a table."""

    table = forms.ChoiceField(label=_("What it holds"))
    file = forms.FileField(
        label=_("File"), help_text=_("CSV in UTF-8 or GB18030, or XLSX; the first row names columns.")
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may = [(t.name, t.title) for t in TABLES.values() if gate.may(request.user, t.action)]
        self.fields["table"].choices = may
        self.fields["file"].widget.attrs["accept"] = ".csv,.xlsx,.txt"

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
