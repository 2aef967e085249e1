"""What the room does by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from wattloop.apps.records import jobs, outbox, sealing, tidying


@jobs.task("records.seal", title=_("seal the audit"))
def seal(context: jobs.Context) -> int:
    """Seal the audit's settled entries."""
    return sealing.seal()


@jobs.task("records.verify", title=_("verify the audit"))
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


@jobs.task("records.deliver", title=_("deliver what was told to other rooms"))
def deliver(context: jobs.Context) -> int:
    """Call the subscribers of what was told to the outbox."""
    return outbox.deliver(context.transaction, context.check)


@jobs.task("records.tidy", title=_("forget old jobs and messages"))
def tidy(context: jobs.Context) -> dict[str, int]:
    """Forget jobs that ended and messages that were delivered a season ago."""
    return tidying.tidy(context.check)


jobs.schedule("records.seal", every=dt.timedelta(minutes=1))(seal)
jobs.schedule("records.deliver", every=dt.timedelta(seconds=5))(deliver)
jobs.schedule("records.tidy", every=dt.timedelta(days=1))(tidy)
