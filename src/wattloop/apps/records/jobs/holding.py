"""Holding a job: claimed in one UPDATE with a fresh fence, kept by a lease, written to only under that fence.

Leases are measured by the database's clock, one for all workers; it goes on when ours is held.
"""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from wattloop.apps.records.models import Job
from wattloop.library.quantity import clock

LEASE = dt.timedelta(seconds=60)
# A few at once, so that a worker which another was quicker than need not ask again.
CANDIDATES = 4


class LeaseLost(BaseException):
    """The job is another worker's by now: whatever this one would write is void."""


class Hold:
    """One worker's hold of one job. Every write asks for its fence."""

    def __init__(self, job: Job, stopping: threading.Event) -> None:
        self.job = job
        self.attempt: int = job.attempts
        self.stopping = stopping

    @property
    def _mine(self) -> models.QuerySet[Job]:
        held: models.QuerySet[Job] = Job.objects.filter(pk=self.job.pk, fence=self.job.fence, state=Job.State.RUNNING)
        return held

    def write(self, **values: Any) -> None:
        """Write the job's row while it is ours, and prolong the lease.

        Raises:
            LeaseLost: when it is ours no longer; nothing was written then.
        """
        if "state" not in values:
            values |= {"lease_until": Now() + LEASE, "heartbeat_at": Now()}
        if not self._mine.update(**values):
            raise LeaseLost

    def beat(self) -> None:
        """Prolong the lease.

        Raises:
            LeaseLost: when it is ours no longer.
        """
        self.write()

    def cancel_asked(self) -> bool:
        """Whether somebody asked that the job be cancelled.

        Raises:
            LeaseLost: when it is ours no longer.
        """
        asked = self._mine.values_list("cancel_asked", flat=True).first()
        if asked is None:
            raise LeaseLost
        return bool(asked)

    def lock(self) -> None:
        """Lock the row to the end of the transaction; SQLite's transactions are alone as it is.

        Raises:
            LeaseLost: when it is ours no longer.
        """
        if self._mine.select_for_update().values_list("pk", flat=True).first() is None:
            raise LeaseLost


def _claimable() -> Q:
    waiting = Q(state=Job.State.READY, run_after__lte=clock.now())
    left_behind = Q(state=Job.State.RUNNING, lease_until__lt=Now())
    return waiting | left_behind


def claim(worker: str, queues: tuple[str, ...] = (), stopping: threading.Event | None = None) -> Hold | None:
    """Take the first job that waits or whose worker is gone; None where there is none.

    Whoever changes the fence that both saw has the job; the other finds no row to change.

    Args:
        worker: the name of whoever takes it.
        queues: those alone; all without.
        stopping: set when the worker is told to stop.
    """
    seen = Job.objects.filter(_claimable()).order_by("-priority", "run_after", "made_at")
    if queues:
        seen = seen.filter(queue__in=queues)
    for pk, fence in seen.values_list("pk", "fence")[:CANDIDATES]:
        taken = Job.objects.filter(_claimable(), pk=pk, fence=fence).update(
            state=Job.State.RUNNING, fence=F("fence") + 1, attempts=F("attempts") + 1, worker=worker,
            started_at=clock.now(), ended_at=None, lease_until=Now() + LEASE, heartbeat_at=Now(),
        )  # fmt: skip
        if taken:
            job = Job.objects.get(pk=pk)
            if job.fence == fence + 1:
                return Hold(job, stopping or threading.Event())
    return None


def let_go(worker: str) -> int:
    """End the leases of a worker whose process has ended for certain, so that nobody waits for them."""
    with transaction.atomic():
        found: int = Job.objects.filter(worker=worker, state=Job.State.RUNNING).update(
            lease_until=Now() - dt.timedelta(seconds=1)
        )
    return found
