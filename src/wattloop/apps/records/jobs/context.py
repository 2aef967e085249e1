"""What a task sees of its job, and how it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import transaction

from wattloop.apps.records.actors import System
from wattloop.apps.records.jobs.holding import Hold, LeaseLost
from wattloop.apps.records.jobs.joblog import JobLog, own

if TYPE_CHECKING:
    from django_tasks import TaskResult

    from wattloop.apps.records.models import Job

# A page looks at progress every second or two; more often is a writer in others' way.
BETWEEN_WRITES = 0.3


class Cancelled(BaseException):
    """Somebody cancelled the job. Like a keyboard's interrupt, it passes by `except Exception`."""


class GivenBack(BaseException):
    """The worker is told to stop: the job waits for another one, which goes on with it."""


class Context:
    """A task's first argument.

    `attempt` counts from 1; `by` is the actor for services that the task calls; `log` is the job's own
    logger, whose lines the job's page shows.
    """

    def __init__(self, hold: Hold, kept: JobLog | None = None) -> None:
        self._hold = hold
        self._kept = kept
        self._told: tuple[int, int, str] | None = None
        self._written_at = 0.0
        self.log = own

    @property
    def job(self) -> Job:
        """The job's row as it was when it was taken."""
        return self._hold.job

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self._hold.attempt

    @property
    def by(self) -> System:
        """The actor of what the task does: the system, by the task's name."""
        return System(self._hold.job.task)

    @property
    def task_result(self) -> TaskResult[Any]:
        """The job as django-tasks describes it."""
        from wattloop.apps.records.jobs.backend import as_result

        return as_result(self._hold.job)

    def progress(self, done: int, total: int, saying: str = "") -> None:
        """Tell how far the work is; written a few times a second at most.

        Raises:
            LeaseLost: when another worker has the job now.
        """
        self._told = (done, total, saying[:200])
        if done >= total or time.monotonic() - self._written_at >= BETWEEN_WRITES:
            self.flush()

    def flush(self) -> None:
        """Write the progress that was told and not written yet."""
        if self._told is not None:
            done, total, saying = self._told
            self._told = None
            self._written_at = time.monotonic()
            kept = {"log": self._kept.text} if self._kept else {}
            self._hold.write(done=done, total=total, saying=saying, **kept)

    def check(self) -> None:
        """Stop here if the job is cancelled, lost or to be given back; called between the steps of a task.

        Raises:
            Cancelled, LeaseLost, GivenBack: to be let through.
        """
        if self._hold.stopping.is_set():
            raise GivenBack
        if self._hold.cancel_asked():
            raise Cancelled

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction that commits only while this worker holds the job.

        The job's row is locked to its end: a worker that takes the job up waits for it, and sees what it wrote.

        Raises:
            LeaseLost: when another worker has the job now; nothing was written then.
        """
        with transaction.atomic():
            self._hold.lock()
            yield


__all__ = ["Cancelled", "Context", "GivenBack", "LeaseLost"]
