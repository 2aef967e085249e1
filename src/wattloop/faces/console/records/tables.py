"""The area's lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.forms import DateInput, TextInput
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wattloop.apps.records.jobs import declared
from wattloop.apps.records.models import AuditEntry, Job
from wattloop.faces.console.records import showing
from wattloop.faces.web.showing import span
from wattloop.faces.web.tables import BadgeColumn, MomentColumn, NumberColumn, Table


class JobTable(Table):
    """Jobs."""

    task = tables.Column(verbose_name=_("Work"), linkify=("records:job", {"pk": tables.A("pk")}), orderable=False)
    state = BadgeColumn(verbose_name=_("State"), tones=showing.TONES)
    by = tables.Column(verbose_name=_("Who"))
    made_at = MomentColumn(verbose_name=_("Asked for"))
    taken = tables.Column(verbose_name=_("Took"), empty_values=(), orderable=False)
    attempts = NumberColumn(verbose_name=_("Attempts"))
    saying = tables.Column(verbose_name=_("Says"), orderable=False)

    class Meta:
        model = Job
        fields = ("task", "state", "by", "made_at", "taken", "attempts", "saying")
        order_by = "-made_at"

    def render_task(self, value: str) -> str:
        """In words."""
        return declared.title(value)

    def render_taken(self, record: Job) -> str:
        """As a span."""
        return span(_seconds(record))

    def value_taken(self, record: Job) -> float | None:
        """In seconds."""
        return _seconds(record)


def _seconds(job: Job) -> float | None:
    taken = showing.taken(job)
    return taken.total_seconds() if taken is not None else None


class JobFilter(filters.FilterSet):
    """By state, task and who."""

    state = filters.ChoiceFilter(label=_("State"), choices=Job.State.choices, empty_label=_("all"))
    task = filters.CharFilter(label=_("Task"), lookup_expr="startswith")
    by = filters.CharFilter(label=_("Who"))


class EntryTable(Table):
    """Audit entries. Sorted by their number, which is their order: no other order costs less than all of them."""

    at = MomentColumn(verbose_name=_("When"), linkify=("records:entry", {"pk": tables.A("pk")}), orderable=False)
    actor = tables.Column(verbose_name=_("Who"), orderable=False)
    action = tables.Column(verbose_name=_("Did what"), orderable=False)
    object_name = tables.Column(verbose_name=_("To what"), empty_values=(), orderable=False)
    changes = tables.Column(verbose_name=_("Changes"), empty_values=(), orderable=False)
    note = tables.Column(verbose_name=_("Note"), orderable=False)

    class Meta:
        model = AuditEntry
        fields = ("id", "at", "actor", "action", "object_name", "changes", "note")
        order_by = "-id"

    id = NumberColumn(verbose_name=_("No."))

    def render_action(self, value: str) -> SafeString | str:
        """Its name, and in words where a room has them."""
        words = showing.words(value)
        return format_html('{}<br><span class="text-muted">{}</span>', words, value) if words else value

    def value_action(self, value: str) -> str:
        """Its name."""
        return value

    def render_object_name(self, record: AuditEntry) -> SafeString | str:
        """Which object, by its name, with its page."""
        told = self.value_object_name(record)
        page = showing.address(record.object_type, record.object_id)
        return format_html('<a href="{}">{}</a>', page, told) if page else told

    def value_object_name(self, record: AuditEntry) -> str:
        """Kind and name."""
        return f"{showing.kind(record.object_type)} {record.object_name}" if record.object_type else ""

    def render_changes(self, record: AuditEntry) -> str:
        """Shortened."""
        told = showing.summary(record)
        return told if len(told) <= 160 else f"{told[:160]}…"

    def value_changes(self, record: AuditEntry) -> str:
        """All of them."""
        return showing.summary(record)


class EntryFilter(filters.FilterSet):
    """By who, what, object and day."""

    actor = filters.CharFilter(label=_("Who"))
    action = filters.CharFilter(
        label=_("Did what"), method="of_action", widget=TextInput(attrs={"placeholder": "billing.run.*"})
    )
    object_type = filters.CharFilter(label=_("Kind of object"))
    object_id = filters.CharFilter(label=_("Its number"))
    since = filters.DateFilter(label=_("From"), method="from_day", widget=DateInput(attrs={"type": "date"}))
    until = filters.DateFilter(label=_("To"), method="to_day", widget=DateInput(attrs={"type": "date"}))

    def of_action(self, rows: QuerySet[AuditEntry], _: str, value: str) -> QuerySet[AuditEntry]:
        """An action, or all that begin alike."""
        return rows.filter(action__startswith=value[:-1]) if value.endswith("*") else rows.filter(action=value)

    def from_day(self, rows: QuerySet[AuditEntry], _: str, value: dt.date) -> QuerySet[AuditEntry]:
        """From the beginning of a day in the page's zone."""
        return rows.filter(at__gte=_begins(value))

    def to_day(self, rows: QuerySet[AuditEntry], _: str, value: dt.date) -> QuerySet[AuditEntry]:
        """To the end of a day."""
        return rows.filter(at__lt=_begins(value + dt.timedelta(days=1)))


def _begins(day: dt.date) -> Any:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
