"""Money that came in."""

from __future__ import annotations

from django.db import models


class BankFile(models.Model):
    """A statement of a bank, taken in once. `ended_at` is absent while its rows are being taken in."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=255)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    file = models.ForeignKey(
        "records.StoredFile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    refusals = models.ForeignKey(
        "records.StoredFile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return str(self.name)


class DeskDay(models.Model):
    """A cashier's day at the desk: opened, counted and closed. A closed day takes nothing."""

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
        constraints = [
            models.UniqueConstraint(fields=["cashier", "day"], name="desk_day_once"),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | models.Q(counted__isnull=False), name="closed_is_counted"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True)
                | models.Q(counted=models.F("expected"))
                | ~models.Q(note=""),
                name="difference_has_a_note",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cashier} {self.day}"


class Payment(models.Model):
    """An amount paid; `unused` is what of it settles nothing yet: an advance, which the next bill uses."""

    class State(models.TextChoices):
        """Whether it is known whom it is for."""

        MATCHED = "matched"
        DOUBTFUL = "doubtful"
        UNKNOWN = "unknown"
        REVERSED = "reversed"

    source = models.CharField(max_length=40)  # desk, bank, or whoever calls
    reference = models.CharField(max_length=120)  # the source's own, once; the receipt's number at the desk
    method = models.CharField(max_length=20, default="bank")  # cash, card, bank, …
    agreement = models.ForeignKey("customers.Agreement", null=True, on_delete=models.PROTECT, related_name="payments")
    suggested = models.JSONField(default=list)  # [{"agreement": id, "number": …, "why": [codes]}], best first
    amount = models.BigIntegerField()
    unused = models.BigIntegerField()
    tendered = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    paid_on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    payer = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MATCHED)
    desk_day = models.ForeignKey(DeskDay, null=True, on_delete=models.PROTECT, related_name="payments")
    bank_file = models.ForeignKey(BankFile, null=True, on_delete=models.PROTECT, related_name="payments")
    reversed_on = models.DateField(null=True)
    reversed_by = models.CharField(max_length=150, blank=True)
    reversed_desk_day = models.ForeignKey(DeskDay, null=True, on_delete=models.PROTECT, related_name="reversals")
    entry = models.ForeignKey("receivables.Entry", on_delete=models.PROTECT, related_name="payments", db_index=False)

    class Meta:
        ordering = ("-paid_on", "-id")
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="payment_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, unused__gte=0, unused__lte=models.F("amount")), name="payment_unused"
            ),
            models.CheckConstraint(
                condition=models.Q(tendered__isnull=True) | models.Q(tendered__gte=models.F("amount")),
                name="payment_tendered",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["doubtful", "unknown", "reversed"]) | models.Q(agreement__isnull=False),
                name="matched_payment_has_agreement",
            ),
        ]
        indexes = [
            models.Index(fields=["-paid_on", "-id"], name="payment_newest"),
            models.Index(
                fields=["state"], name="payment_doubtful", condition=models.Q(state__in=["doubtful", "unknown"])
            ),
            models.Index(fields=["agreement"], name="payment_advance", condition=models.Q(unused__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.reference}"
