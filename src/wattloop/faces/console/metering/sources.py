"""Watched folders and their health; files given, and what became of each."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wattloop.apps.enterprise import gate
from wattloop.apps.metering import queries, services
from wattloop.apps.metering.models import ReadingFile, Source
from wattloop.faces.console.customers.forms import tell
from wattloop.faces.console.frame import address
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.faces.web.tables import BadgeColumn, DayColumn, MomentColumn, NumberColumn, Table
from wattloop.library.quantity.refusal import Refused

VIEW, IMPORT, CHANGE = "metering.readings.view", "metering.readings.import", "metering.source.change"
HEALTH = {
    "well": ("good", gettext_lazy("well")),
    "late": ("bad", gettext_lazy("late")),
    "refusing": ("warn", gettext_lazy("files refused")),
    "problem": ("bad", gettext_lazy("cannot be read")),
    "stopped": ("quiet", gettext_lazy("not watched")),
}
STATES = [
    ("waiting", gettext_lazy("waiting")),
    ("taken", gettext_lazy("taken in")),
    ("refused", gettext_lazy("refused")),
]
TONES = {"waiting": "info", "taken": "good", "refused": "bad"}


class FileTable(Table):
    """Files of readings."""

    name = tables.Column(verbose_name=gettext_lazy("File"), linkify=("metering:file", {"pk": tables.A("pk")}))
    state = BadgeColumn(verbose_name=gettext_lazy("State"), tones=TONES)
    source = tables.Column(verbose_name=gettext_lazy("Source"), order_by=("source__name",))
    came_at = MomentColumn(verbose_name=gettext_lazy("Came"))
    readings = NumberColumn(verbose_name=gettext_lazy("Rows"))
    points = NumberColumn(verbose_name=gettext_lazy("Points"))
    first_day = DayColumn(verbose_name=gettext_lazy("From"))
    last_day = DayColumn(verbose_name=gettext_lazy("To"))
    lake_version = NumberColumn(verbose_name=gettext_lazy("Lake version"))

    class Meta:
        model = ReadingFile
        fields = (
            "name", "state", "source", "came_at", "readings", "points", "first_day", "last_day", "lake_version",
        )  # fmt: skip

    def render_state(self, record: ReadingFile, bound_column: Any) -> Any:
        """In the reader's words."""
        return bound_column.column.render(dict(STATES)[record.state], record=record, bound_column=bound_column)


class FileFilter(filters.FilterSet):
    """By state, source and name."""

    state = filters.ChoiceFilter(label=gettext_lazy("State"), choices=STATES)
    source = filters.ModelChoiceFilter(label=gettext_lazy("Source"), queryset=Source.objects.all())
    name = filters.CharFilter(label=gettext_lazy("File"), lookup_expr="icontains")

    class Meta:
        model = ReadingFile
        fields: tuple[str, ...] = ()


class SourceForm(forms.ModelForm):
    """A watched folder."""

    zone = forms.CharField(
        label=gettext_lazy("Zone of the stamps"), max_length=60, required=False,
        help_text=gettext_lazy("As Asia/Shanghai; empty where stamps are the lake's standard time or carry an offset."),
    )  # fmt: skip
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit of the readings"), required=False,
        choices=[("", "–"), ("kWh", "kWh"), ("Wh", "Wh"), ("MWh", "MWh"), ("kW", "kW")],
    )  # fmt: skip

    class Meta:
        model = Source
        fields = ("name", "folder", "expected_every_hours", "active")
        labels = {  # noqa: RUF012 - read only
            "name": gettext_lazy("Name"), "folder": gettext_lazy("Folder on the server"),
            "expected_every_hours": gettext_lazy("A file comes every so many hours"), "active": gettext_lazy("Watched"),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("zone", "unit"):
            self.fields[name].initial = self.instance.options.get(name, "")

    def _post_clean(self) -> None:
        """The service saves, so nothing typed is put on the object here."""


class GiveForm(forms.Form):
    """A file of readings."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("Interval or register readings: CSV, Parquet, XLSX or Green Button (XML)."),
    )


@needs(VIEW)
def sources(request: HttpRequest) -> HttpResponse:
    """Watched folders with their health, and the last files."""
    rows = [{"source": source, "health": HEALTH[queries.health(source)]} for source in queries.sources()]
    last = ReadingFile.objects.select_related("source")[:10]
    context = {
        "rows": rows, "files": [(file, TONES[file.state], dict(STATES)[file.state]) for file in last],
        "may_change": gate.may(request.user, CHANGE), "may_import": gate.may(request.user, IMPORT),
    }  # fmt: skip
    return render(request, "console/metering/sources.html", context)


@needs(VIEW)
def files(request: HttpRequest) -> HttpResponse:
    """Every file that came."""
    return listing(
        request, ReadingFile.objects.select_related("source"), FileTable, title=_("Files of readings"),
        filters=FileFilter, name="files", crumbs=[(_("Sources"), address("metering:sources")), (_("Files"), "")],
    )  # fmt: skip


@needs(VIEW)
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """One file, and what became of it."""
    found = ReadingFile.objects.select_related("source").filter(pk=pk).first()
    if found is None:
        raise Http404
    counted = [(name, value) for name, value in found.report.items() if isinstance(value, int) and value]
    context = {"file": found, "tone": TONES[found.state], "state": dict(STATES)[found.state], "counted": counted}
    return render(request, "console/metering/file.html", context)


@needs(IMPORT)
def give(request: HttpRequest) -> HttpResponse:
    """Give a file of readings."""
    form = GiveForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data["file"]
        try:
            made = services.give_file(told, name=told.name, by=request.user)
        except Refused as refused:
            tell(form, refused)
        else:
            messages.success(request, _("The file is kept, and is taken in by itself."))
            return redirect("metering:file", made.pk)
    crumbs = [(_("Sources"), address("metering:sources"))]
    context = {"form": form, "title": _("Give a file of readings"), "crumbs": crumbs, "may_save": True}
    return render(request, "console/metering/form.html", context, status=200 if request.method == "GET" else 422)


@needs(CHANGE)
def change(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A watched folder added or changed."""
    held = Source.objects.filter(pk=pk).first() if pk is not None else None
    if pk is not None and held is None:
        raise Http404
    form = SourceForm(request.POST or None, instance=held)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        told["options"] = {name: told.pop(name) for name in ("zone", "unit") if told.get(name)}
        told = {name: value for name, value in told.items() if name not in ("zone", "unit")}
        try:
            services.set_source(by=request.user, source=held, **told)
        except Refused as refused:
            if isinstance(refused, gate.NotAllowed):
                raise
            tell(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("metering:sources")
    crumbs = [(_("Sources"), address("metering:sources"))]
    context = {"form": form, "title": str(held or _("New source")), "crumbs": crumbs, "may_save": True}
    return render(request, "console/metering/form.html", context, status=200 if request.method == "GET" else 422)
