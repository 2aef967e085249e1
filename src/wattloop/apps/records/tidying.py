"""Jobs and messages are forgotten when they are old; what they did stands in the audit for ever."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from wattloop.apps.records.models import Delivery, Job, Message
from wattloop.library.quantity import clock

KEPT = dt.timedelta(days=90)
_CHUNK = 1_000


def tidy(check: Callable[[], None] = lambda: None) -> dict[str, int]:
    """Delete what ended 90 days ago and more; how many of each."""
    before = clock.now() - KEPT
    waits = Exists(Delivery.objects.filter(message=OuterRef("pk"), delivered_at=None))
    delivered = Message.objects.filter(~waits, at__lt=before)
    return {
        "jobs": _delete(Job.objects.filter(ended_at__lt=before, every=None), check),
        "messages": _delete(delivered, check),
    }


def _delete(rows: models.QuerySet[Any], check: Callable[[], None]) -> int:
    deleted = 0
    while found := list(rows.values_list("pk", flat=True)[:_CHUNK]):
        check()
        rows.model.objects.filter(pk__in=found).delete()
        deleted += len(found)
        time.sleep(0.02)
    return deleted
