"""Work that runs beside the pages."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One piece of work, held by one worker at a time.

    A worker holds it by a lease that its heartbeat prolongs; each taking raises `fence`, and
    nothing is written for a job by a worker whose fence is not the job's.
    """

    class State(models.TextChoices):
        """What becomes of a job."""

        READY = "ready", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    task = models.CharField(max_length=200)
    queue = models.CharField(max_length=40, default="default")
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    priority = models.SmallIntegerField(default=0)
    # Of jobs that have not ended, one alone has a key.
    key = models.CharField(max_length=200, blank=True)
    # Seconds between the runs of a periodic job, whose one row is made ready again after each.
    every = models.PositiveIntegerField(null=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.CharField(max_length=80, blank=True)
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    run_after = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_allowed = models.PositiveSmallIntegerField(default=5)
    worker = models.CharField(max_length=100, blank=True)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    saying = models.CharField(max_length=200, blank=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    log = models.TextField(blank=True)

    class Meta:
        ordering = ("-made_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="jobs_key_alive",
                condition=models.Q(state__in=["ready", "running"]) & ~models.Q(key=""),
            )
        ]
        indexes = [
            models.Index(
                fields=["-priority", "run_after"],
                name="jobs_waiting",
                condition=models.Q(state__in=["ready", "running"]),
            ),
            models.Index(fields=["about_type", "about_id"], name="jobs_about"),
            models.Index(fields=["state", "-made_at"], name="jobs_state"),
        ]

    def __str__(self) -> str:
        return str(self.task)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen with it."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}
