"""Jobs that run by themselves: one row each, made ready again for the next period once it ended."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wattloop.apps.records.actors import System
from wattloop.apps.records.jobs import declared
from wattloop.apps.records.jobs.starting import put
from wattloop.apps.records.models import Job
from wattloop.library.quantity import clock

KEY = "every:"


def ensure() -> None:
    """Have a row for each task that runs by itself, and none for those which this program no longer has."""
    wanted = {f"{KEY}{label}": every for label, every in declared.scheduled().items()}
    held = dict(Job.objects.filter(every__isnull=False).values_list("key", "every"))
    for key, every in wanted.items():
        seconds = int(every.total_seconds())
        if key not in held:
            put(key, _fields(key.removeprefix(KEY), seconds))
        elif held[key] != seconds:
            Job.objects.filter(key=key).update(every=seconds, run_after=clock.now())
    Job.objects.filter(every__isnull=False, state=Job.State.READY).exclude(key__in=wanted).delete()


def run_due(label: str) -> dt.datetime:
    """Have a periodic task run at the next look of a worker; when it does."""
    moment = clock.now()
    Job.objects.filter(key=f"{KEY}{label}", state=Job.State.READY, run_after__gt=moment).update(run_after=moment)
    return moment


def _fields(label: str, seconds: int) -> dict[str, Any]:
    task = declared.find(label)
    moment = clock.now()
    return {
        "task": label,
        "queue": declared.PERIODIC,
        "every": seconds,
        "priority": task.priority,
        "attempts_allowed": task.attempts,
        "by": System("schedule").actor,
        "made_at": moment,
        "run_after": moment,
    }
