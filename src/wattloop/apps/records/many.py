"""The entries of a service that changes many things at once: one each, in a few statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from wattloop.apps.records.actors import Actor
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity import clock

_AT_ONCE = 1_000

Change = tuple[models.Model, dict[str, Any] | None, dict[str, Any] | None]
"""What was changed, its fields as they were and as they are: plain values."""


def audit_many(action: str, changes: Iterable[Change], *, by: Actor, unit_paths: dict[int, str], note: str = "") -> int:
    """Write what was done to each of many things, in the transaction of the service that did it.

    Args:
        action: as for `audit`.
        changes: the things, with what changed.
        by: who did it.
        unit_paths: {id of a unit: its path}, for things that have a `unit_id`.
        note: why, or from which file.

    Returns:
        How many entries were written.
    """
    at = clock.now()
    entries = [
        AuditEntry(
            at=at, actor=by.actor, action=action, object_type=about._meta.label, object_id=str(about.pk),
            object_name=str(about)[:200], unit_path=unit_paths.get(getattr(about, "unit_id", None) or 0, ""),
            before=before, after=after, note=note[:500],
        )
        for about, before, after in changes
    ]  # fmt: skip
    AuditEntry.objects.bulk_create(entries, batch_size=_AT_ONCE)
    return len(entries)
