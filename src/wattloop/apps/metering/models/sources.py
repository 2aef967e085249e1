"""Where readings come from, and how well they come."""

from __future__ import annotations

from django.db import models


class Source(models.Model):
    """A watched folder: files put there are taken into the lake by themselves."""

    name = models.CharField(max_length=100, unique=True)
    folder = models.CharField(max_length=400, unique=True)
    options = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)
    expected_every_hours = models.PositiveIntegerField(default=24)
    looked_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return str(self.name)


class ReadingFile(models.Model):
    """A file of readings that came, and what became of it."""

    class State(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting"
        TAKEN = "taken"
        REFUSED = "refused"

    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="files")
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    came_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    taken_at = models.DateTimeField(null=True, blank=True)
    lake_version = models.BigIntegerField(null=True, blank=True)
    readings = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ("-came_at",)
        indexes = [models.Index(fields=["source", "-came_at"], name="reading_file_source")]
