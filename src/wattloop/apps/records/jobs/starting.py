"""A job begins: its row is written in the transaction of whoever asks for it, and waits once that commits."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, models, transaction
from django_tasks.utils import normalize_json

from wattloop.apps.records.actors import Actor
from wattloop.apps.records.jobs.declared import Task
from wattloop.apps.records.models import Job
from wattloop.library.quantity import clock

ALIVE = (Job.State.READY, Job.State.RUNNING)


def start(
    task: Task,
    *args: Any,
    by: Actor,
    key: str = "",
    about: models.Model | None = None,
    priority: int | None = None,
    run_after: dt.datetime | None = None,
) -> Job:
    """Have a task run soon; nothing runs if the caller's transaction does not commit.

    Args:
        task: declared with `jobs.task`.
        args: what it is called with, after its context: plain values of JSON.
        by: who asks for it.
        key: while a job of this key has not ended, no second one is made and that one is returned.
        about: the object that the job works on.
        priority: above 0 before others, below after them; the task's own by default.
        run_after: not before this moment.
    """
    moment = clock.now()
    fields = {
        "task": task.named,
        "queue": task.queue_name,
        "args": normalize_json(args),
        "priority": task.priority if priority is None else priority,
        "attempts_allowed": task.attempts,
        "about_type": about._meta.label if about is not None else "",
        "about_id": str(about.pk) if about is not None else "",
        "by": by.actor,
        "made_at": moment,
        "run_after": run_after or moment,
    }
    return put(key, fields)


def put(key: str, fields: dict[str, Any]) -> Job:
    """Write a job's row, unless one of its key is alive; that one then."""
    while True:
        held: Job | None = Job.objects.filter(key=key, state__in=ALIVE).first() if key else None
        if held is not None:
            return held
        try:
            with transaction.atomic():
                made: Job = Job.objects.create(key=key, **fields)
                return made
        except IntegrityError:
            # Another wrote the same key since we looked: look again, for it may have ended by now.
            if not key:
                raise
