"""What the room does by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wattloop.apps.records import jobs, sealing


@jobs.task("records.seal")
def seal(context: jobs.Context) -> int:
    """Seal the audit's settled entries."""
    return sealing.seal()


@jobs.task("records.verify")
def verify(context: jobs.Context) -> dict[str, Any]:
    """Compute the audit's chain again."""
    from dataclasses import asdict

    from wattloop.apps.records import verifying
    from wattloop.apps.records.models import AuditEntry

    total = AuditEntry.objects.exclude(batch=None).count()

    def told(entries: int) -> None:
        context.check()
        context.progress(min(entries, total), total)

    return asdict(verifying.verify(told=told))


jobs.schedule("records.seal", every=dt.timedelta(minutes=1))(seal)
