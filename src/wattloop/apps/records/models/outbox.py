"""What happened in one room, for later rooms to act upon."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """Something that happened, written in the transaction in which it did."""

    topic = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    body = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["topic", "id"], name="outbox_topic")]


class Delivery(models.Model):
    """How far one subscriber has come with a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.CharField(max_length=80)
    # The message's, so that an earlier one of its key is found by one index.
    key = models.CharField(max_length=120)
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "subscriber"], name="outbox_once")]
        indexes = [
            models.Index(
                fields=["subscriber", "key", "message"],
                name="outbox_waiting",
                condition=models.Q(delivered_at__isnull=True),
            )
        ]
