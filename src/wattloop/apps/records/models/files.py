"""Files that came in or were made, kept by what they hold."""

from __future__ import annotations

from django.db import models


class StoredFile(models.Model):
    """A file under `WATTLOOP_HOME/files`, named after its SHA-256."""

    digest = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40, db_index=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return str(self.name)
