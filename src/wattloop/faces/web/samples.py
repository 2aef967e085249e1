"""What the gallery shows: every part with made-up data."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wattloop.faces.web.icons import PATHS
from wattloop.faces.web.tables import BadgeColumn, DayColumn, EnergyColumn, MoneyColumn, SelectColumn, Table

STATES = {"issued": "good", "held": "bad", "checked": "info", "rated": "quiet", "open": "warn"}


class SampleTable(Table):
    """One of each column."""

    chosen = SelectColumn()
    number = tables.Column(linkify=lambda record: f"#{record['number']}")
    name = tables.Column()
    since = DayColumn()
    use = EnergyColumn(verbose_name="kWh")
    amount = MoneyColumn(verbose_name="CNY")
    state = BadgeColumn(tones=STATES)


class SampleForm(forms.Form):
    """One of each field."""

    name = forms.CharField(help_text="As in the contract.")
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(choices=[("a", "Resident"), ("b", "Industry")])
    key = forms.BooleanField(required=False, label="Key account")
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    file = forms.FileField(required=False)


def rows(count: int = 8) -> list[dict[str, Any]]:
    """Made-up rows."""
    states = list(STATES)
    return [
        {"pk": n, "number": f"41000{n:05}", "name": ("张伟", "Dongjiang Cement", "李秀英")[n % 3],
         "since": dt.date(2026, 1, 1 + n), "use": 1_234_567 * n, "amount": -45_678 + 98_765 * n, "state": states[n % 5]}
        for n in range(count)
    ]  # fmt: skip


def page(request: HttpRequest) -> HttpResponse:
    """The gallery."""
    load = [300 + 40 * abs(12 - hour) for hour in range(24)]
    return render(request, "web/gallery.html", {
        "table": SampleTable(rows(), request=request), "form": SampleForm({"name": "", "since": "2026-02-30"}),
        "tones": STATES.items(), "icons": list(PATHS), "line": {
            "type": "line", "unit": "kWh", "x": [f"{hour:02}:00" for hour in range(24)],
            "series": [{"name": "Today", "data": load}, {"name": "Yesterday", "data": load[::-1]}],
        }, "stacked": {
            "type": "stacked", "unit": "kWh", "x": ["09", "10", "11"],
            "series": [{"name": "尖", "data": [1, 2, 3]}, {"name": "谷", "data": [3, 5, 2]}],
        },
    })  # fmt: skip
