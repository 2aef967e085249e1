"""A meter and where it hung; a meter hung or exchanged at a point."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wattloop.apps.customers.models import UsagePoint
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.metering import services
from wattloop.apps.metering.models import Installation, Meter
from wattloop.faces.console.customers.forms import Day, tell
from wattloop.faces.console.frame import address
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

VIEW, EXCHANGE = "metering.meter.view", "metering.meter.exchange"
REGISTERS = (
    ("active_in", gettext_lazy("Total, kWh")),
    ("active_in:sharp", gettext_lazy("Sharp, kWh")),
    ("active_in:peak", gettext_lazy("Peak, kWh")),
    ("active_in:flat", gettext_lazy("Flat, kWh")),
    ("active_in:valley", gettext_lazy("Valley, kWh")),
    ("reactive_in", gettext_lazy("Reactive, kvarh")),
)


class ExchangeForm(forms.Form):
    """A new meter at a point: what the old one stood at, what the new one stands at."""

    number = forms.CharField(label=gettext_lazy("New meter's number"), max_length=40)
    on = forms.DateField(label=gettext_lazy("Its first day"), widget=Day)
    multiplier = forms.DecimalField(
        label=gettext_lazy("Multiplier"), max_digits=12, decimal_places=3, min_value=0, initial=1
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, hanging: Installation | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hanging = hanging
        if hanging is not None:
            self.fields["multiplier"].initial = hanging.multiplier_thousandths / 1000
        sides = (
            [("first", _("new meter"))] if hanging is None else [("last", _("old meter")), ("first", _("new meter"))]
        )
        for side, said in sides:
            for register, label in REGISTERS:
                self.fields[f"{side}_{register}"] = forms.DecimalField(
                    label=f"{label}: {said}", max_digits=12, decimal_places=3, min_value=0, required=False
                )

    def clean_multiplier(self) -> int:
        """In thousandths, above zero."""
        value = int(self.cleaned_data["multiplier"] * 1000)
        if value <= 0:
            raise forms.ValidationError(_("It is above zero."))
        return value

    def registers(self, side: str) -> dict[str, int]:
        """What was written of a meter's registers, in Wh."""
        told = {register: self.cleaned_data.get(f"{side}_{register}") for register, _label in REGISTERS}
        return {register: int(value * 1000) for register, value in told.items() if value is not None}


@needs(VIEW)
def meter(request: HttpRequest, pk: int) -> HttpResponse:
    """A meter, and where it hung from when to when."""
    rows = Installation.objects.filter(meter=pk).select_related("meter", "point__agreement__customer")
    hung = list(gate.visible(request.user, VIEW, rows, "point__agreement__unit").order_by("-valid_from"))
    found = hung[0].meter if hung else Meter.objects.filter(pk=pk, installations__isnull=True).first()
    if found is None:
        raise Http404
    return render(request, "console/metering/meter.html", {"meter": found, "hung": hung})


@needs(EXCHANGE)
def exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """A meter hung at a point, or the one that hangs there exchanged."""
    rows = UsagePoint.objects.select_related("agreement__unit", "agreement__customer")
    point: UsagePoint | None = gate.visible(request.user, EXCHANGE, rows, "agreement__unit").filter(pk=pk).first()
    if point is None:
        raise Http404
    hanging = point.installations.filter(valid_to__isnull=True).select_related("meter").first()
    form = ExchangeForm(request.POST or None, hanging=hanging, initial={"on": enterprise.today()})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        shared: dict[str, Any] = {
            "on": told["on"], "first": form.registers("first"), "by": request.user,
            "multiplier_thousandths": told["multiplier"], "reason": told["reason"],
        }  # fmt: skip
        try:
            if hanging is None:
                services.hang_meter(point, told["number"], **shared)
            else:
                services.exchange_meter(point, told["number"], last=form.registers("last"), **shared)
        except Refused as refused:
            tell(form, refused)
        else:
            messages.success(request, _("Meter %(number)s hangs there.") % {"number": told["number"]})
            return redirect("customers:agreement", point.agreement_id)
    title = _("Exchange meter %(number)s") % {"number": hanging.meter.number} if hanging else _("Hang a meter")
    crumbs = [(_("Customers"), address("customers:list")), (point.agreement.customer.name, "")]
    context = {"form": form, "title": f"{title}: {point.number}", "crumbs": crumbs, "may_save": True}
    return render(request, "console/metering/form.html", context, status=200 if request.method == "GET" else 422)
