"""How jobs and audit entries are told."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.translation import pgettext_lazy

from wattloop.apps.records.models import AuditEntry, Job
from wattloop.library.quantity import clock

# What people call a kind of object, and the page that shows one.
KINDS: dict[str, tuple[Any, str]] = {
    "billing.Bill": (pgettext_lazy("kind of object", "bill"), "billing:bill"),
    "billing.BillException": (pgettext_lazy("kind of object", "exception"), ""),
    "billing.BillRun": (pgettext_lazy("kind of object", "bill run"), "billing:run"),
    "customers.Agreement": (pgettext_lazy("kind of object", "agreement"), "customers:agreement"),
    "customers.AgreementVersion": (pgettext_lazy("kind of object", "agreement version"), ""),
    "customers.Customer": (pgettext_lazy("kind of object", "customer"), "customers:detail"),
    "customers.Import": (pgettext_lazy("kind of object", "import"), ""),
    "customers.Prospect": (pgettext_lazy("kind of object", "prospect"), ""),
    "customers.UsagePoint": (pgettext_lazy("kind of object", "usage point"), ""),
    "enterprise.FolderVersion": (pgettext_lazy("kind of object", "folder of rules"), ""),
    "enterprise.TariffOffer": (pgettext_lazy("kind of object", "tariff"), ""),
    "enterprise.Unit": (pgettext_lazy("kind of object", "unit"), ""),
    "enterprise.User": (pgettext_lazy("kind of object", "user"), ""),
    "metering.Meter": (pgettext_lazy("kind of object", "meter"), "metering:meter"),
    "metering.ReadingFile": (pgettext_lazy("kind of object", "file of readings"), ""),
    "metering.Source": (pgettext_lazy("kind of object", "source"), ""),
    "network.Area": (pgettext_lazy("kind of object", "transformer area"), ""),
    "network.Feeder": (pgettext_lazy("kind of object", "feeder"), ""),
    "receivables.BankFile": (pgettext_lazy("kind of object", "bank file"), ""),
    "receivables.Charge": (pgettext_lazy("kind of object", "charge"), ""),
    "receivables.DeskDay": (pgettext_lazy("kind of object", "day at the desk"), ""),
    "receivables.Payment": (pgettext_lazy("kind of object", "payment"), ""),
    "records.Job": (pgettext_lazy("kind of object", "job"), "records:job"),
    "records.StoredFile": (pgettext_lazy("kind of object", "stored file"), "records:file"),
}
TONES = {"ready": "quiet", "running": "info", "done": "good", "failed": "bad", "cancelled": "warn"}


def taken(job: Job) -> dt.timedelta | None:
    """How long a job has run, or ran; its last run, for one that runs by itself."""
    if job.started_at is None:
        return None
    end = job.ended_at if job.state != Job.State.RUNNING and job.ended_at else clock.now()
    return max(end - job.started_at, dt.timedelta()) if job.ended_at or job.state == Job.State.RUNNING else None


def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """(field, before, after) of every field that an entry tells of."""
    before, after = entry.before or {}, entry.after or {}
    return [(name, _plain(before, name), _plain(after, name)) for name in dict.fromkeys([*before, *after])]


def summary(entry: AuditEntry) -> str:
    """An entry's changes in a line."""
    told = [f"{name}: {was} → {now}" if was else f"{name}: {now}" for name, was, now in changes(entry)]
    return "; ".join(told)


def words(action: str) -> str:
    """What an action is called, where a room says it."""
    return str(_actions().get(action, ""))


def kind(label: str) -> str:
    """What an object's kind is called, of its model's label; the label itself where no page shows such."""
    return str(KINDS[label][0]) if label in KINDS else label


def address(label: str, pk: str) -> str:
    """The page of an object; nothing where it has none."""
    place = KINDS.get(label, ("", ""))[1]
    try:
        return str(reverse(place, args=[pk])) if place else ""
    except NoReverseMatch:
        return ""


@cache
def _actions() -> dict[str, Any]:
    rooms = [one.name for one in apps.get_app_configs() if one.name.startswith("wattloop.apps.")]
    found: dict[str, Any] = {}
    for room in rooms:
        if find_spec(f"{room}.actions"):
            found |= import_module(f"{room}.actions").ACTIONS
    return found


def _plain(values: dict[str, Any], name: str) -> str:
    if name not in values:
        return ""
    value = values[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
