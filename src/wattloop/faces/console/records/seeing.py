"""Who sees which jobs, audit entries and files. They belong to no unit as a customer does."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from wattloop.apps.enterprise import gate
from wattloop.apps.records.models import AuditEntry, Job, StoredFile


def everywhere(user: Any, action: str) -> bool:
    """Whether somebody may do something for the whole enterprise."""
    return gate.grants(user).units(action) is None


def jobs(user: Any) -> QuerySet[Job]:
    """All jobs, for whoever may see them for the whole enterprise; their own, for others."""
    rows: QuerySet[Job] = Job.objects.defer("log", "error", "result")
    return rows if everywhere(user, "records.job.view") else rows.filter(by=user.actor)


def entries(user: Any) -> QuerySet[AuditEntry]:
    """Entries of the units for which somebody may see the audit; of no unit, for the whole enterprise alone."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.all()
    if everywhere(user, "records.audit.view"):
        return rows
    paths = gate.grants(user).paths("records.audit.view")
    return (
        rows.filter(Q(*[("unit_path__startswith", path) for path in paths], _connector=Q.OR)) if paths else rows.none()
    )


def files(user: Any) -> QuerySet[StoredFile]:
    """All files, for whoever may see them for the whole enterprise; what they sent themselves, for others."""
    rows: QuerySet[StoredFile] = StoredFile.objects.all()
    return rows if everywhere(user, "records.file.view") else rows.filter(by=user.actor)
