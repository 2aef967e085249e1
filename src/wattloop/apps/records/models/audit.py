"""What was changed, by whom and when; sealed in batches, so that sealing serialises nobody."""

from __future__ import annotations

from django.db import models


class AuditBatch(models.Model):
    """Entries sealed together: the hash covers them and the hash of the batch before.

    `entries_sealed` has a line for each, its number and the hash of what it says, by number. Never changed.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    entries_sealed = models.TextField()

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


class AuditEntry(models.Model):
    """One change through one service.

    Never changed and never deleted: the database's triggers see to it (`append_only.py`).
    `actor` is a user's name, or `system:` and what ran; `object_type` is `app.Model`. `before` and
    `after` hold only the fields that changed.
    """

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=80, blank=True)
    object_name = models.CharField(max_length=200, blank=True)
    unit_path = models.CharField(max_length=400, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    note = models.CharField(max_length=500, blank=True)
    batch = models.ForeignKey(AuditBatch, null=True, on_delete=models.PROTECT, related_name="entries")

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["action", "-id"], name="audit_action"),
        ]
