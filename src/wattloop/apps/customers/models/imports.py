"""Files of customers and what belongs to them, and what became of each."""

from __future__ import annotations

from django.db import models


class Import(models.Model):
    """A file that somebody gave to be taken in: tried first, then taken."""

    class State(models.TextChoices):
        """How far it has come."""

        TRYING = "trying"
        TRIED = "tried"
        TAKING = "taking"
        TAKEN = "taken"
        FAILED = "failed"

    table = models.CharField(max_length=40)
    file = models.ForeignKey("records.StoredFile", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.TRYING)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True)
    refused = models.ForeignKey("records.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.table} {self.pk}"
