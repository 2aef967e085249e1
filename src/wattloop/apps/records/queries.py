"""What others read of the room."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from wattloop.apps.records.models import AuditBatch, AuditEntry


def history(about: models.Model) -> models.QuerySet[AuditEntry]:
    """Everything that was done to an object, newest first."""
    found: models.QuerySet[AuditEntry] = AuditEntry.objects.filter(
        object_type=about._meta.label, object_id=str(about.pk)
    )
    return found


@dataclass(frozen=True, slots=True)
class SealStatus:
    """The newest batch, and how many entries wait for the next."""

    last: AuditBatch | None
    waiting: int


def seal_status() -> SealStatus:
    """How far the audit is sealed."""
    return SealStatus(AuditBatch.objects.defer("entries_sealed").first(), AuditEntry.objects.filter(batch=None).count())
