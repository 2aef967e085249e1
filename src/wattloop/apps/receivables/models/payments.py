"""Money that came in."""

from __future__ import annotations

from django.db import models


class BankFile(models.Model):
    """A statement of a bank, taken in once."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=255)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    rows = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField(default=0)


class DeskDay(models.Model):
    """A cashier's day at the desk: opened, counted and closed."""

    cashier = models.CharField(max_length=150)
    unit = models.ForeignKey("enterprise.Unit", on_delete=models.PROTECT, related_name="desk_days")
    day = models.DateField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    opening = models.BigIntegerField(default=0)
    expected = models.BigIntegerField(default=0)
    counted = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-day", "cashier")
        constraints = [models.UniqueConstraint(fields=["cashier", "day"], name="desk_day_once")]


class Payment(models.Model):
    """An amount paid; `unused` is what of it settles nothing yet."""

    class State(models.TextChoices):
        """Whether it is known whom it is for."""

        MATCHED = "matched"
        DOUBTFUL = "doubtful"
        UNKNOWN = "unknown"
        REVERSED = "reversed"

    source = models.CharField(max_length=40)  # desk, bank, http, …
    reference = models.CharField(max_length=120)  # the source's own, once
    method = models.CharField(max_length=20, default="bank")  # cash, card, transfer, …
    agreement = models.ForeignKey("customers.Agreement", null=True, on_delete=models.PROTECT, related_name="payments")
    suggested = models.JSONField(default=list)
    amount = models.BigIntegerField()
    unused = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    paid_on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    payer = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MATCHED)
    desk_day = models.ForeignKey(DeskDay, null=True, on_delete=models.PROTECT, related_name="payments")
    bank_file = models.ForeignKey(BankFile, null=True, on_delete=models.PROTECT, related_name="payments")
    entry = models.ForeignKey("receivables.Entry", on_delete=models.PROTECT, related_name="payments")

    class Meta:
        ordering = ("-paid_on", "-id")
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="payment_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, unused__gte=0, unused__lte=models.F("amount")), name="payment_unused"
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"], name="payment_doubtful", condition=models.Q(state__in=["doubtful", "unknown"])
            ),
        ]
