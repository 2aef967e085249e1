"""What is asked to plan a run."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wattloop.apps.billing.scope import Scope
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.models import Unit
from wattloop.apps.enterprise.wording import in_words

MOST_AGREEMENTS = 5_000


class PlanForm(forms.Form):
    """A period and whom it is for; both days are billed."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unit"), help_text=_("With all units below it."))
    first = forms.DateField(label=_("First day"), widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput({"type": "date"}))
    tariffs = forms.MultipleChoiceField(label=_("Tariffs"), required=False, help_text=_("None chosen: all."))
    agreements = forms.CharField(
        label=_("Agreements"), required=False, widget=forms.Textarea({"rows": 2}),
        help_text=_("Numbers with spaces between. Empty: all that are not billed yet."),
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), required=False, max_length=100, help_text=_("Empty: the period."))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = gate.visible(user, "billing.run.plan", Unit.objects.filter(active=True), unit="pk")
        self.fields["unit"].queryset = units
        names = enterprise.tariff_names()
        self.fields["tariffs"].choices = sorted((key, _name(told)) for key, told in names.items())
        end = enterprise.today().replace(day=1)
        last = end - dt.timedelta(days=1)
        self.initial: dict[str, Any] = {"unit": units.first(), "first": last.replace(day=1), "last": last}

    def clean_agreements(self) -> list[str]:
        """The numbers."""
        numbers = list(dict.fromkeys(self.cleaned_data["agreements"].replace(",", " ").split()))
        if len(numbers) > MOST_AGREEMENTS:
            raise forms.ValidationError(_("Name %d agreements at most.") % MOST_AGREEMENTS)
        return numbers

    def clean(self) -> dict[str, Any]:
        """A span that goes forwards."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if told.get("first") and told.get("last") and told["last"] < told["first"]:
            self.add_error("last", _("The last day is before the first."))
        return told

    def asked(self) -> dict[str, Any]:
        """The arguments of `services.plan`, but who plans."""
        told = self.cleaned_data
        return {
            "unit": told["unit"], "start": told["first"], "end": told["last"] + dt.timedelta(days=1),
            "scope": Scope(tariffs=told["tariffs"], agreements=told["agreements"]), "name": told["name"],
        }  # fmt: skip


def _name(told: tuple[str, str]) -> str:
    return in_words({"zh": told[0], "en": told[1]})
