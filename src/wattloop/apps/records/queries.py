"""What others read of the room."""

from __future__ import annotations

from django.db import models

from wattloop.apps.records.models import AuditEntry


def history(about: models.Model) -> models.QuerySet[AuditEntry]:
    """Everything that was done to an object, newest first."""
    found: models.QuerySet[AuditEntry] = AuditEntry.objects.filter(
        object_type=about._meta.label, object_id=str(about.pk)
    )
    return found
