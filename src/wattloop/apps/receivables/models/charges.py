"""What agreements owe, item by item, and by what each was settled."""

from __future__ import annotations

from django.db import models


class Charge(models.Model):
    """One thing owed, or owed back where `amount` is below zero; open until `settled` comes to `amount`."""

    class State(models.TextChoices):
        """Whether anything is left of it."""

        OPEN = "open"
        SETTLED = "settled"
        WRITTEN_OFF = "written-off"
        REVERSED = "reversed"

    key = models.CharField(max_length=200, unique=True)
    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, related_name="charges", db_index=False
    )
    kind = models.CharField(max_length=20)  # bill, correction, late-fee, opening, ...
    reference = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=200, blank=True)
    made_on = models.DateField()
    due_on = models.DateField()
    amount = models.BigIntegerField()
    settled = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    dunning_step = models.PositiveSmallIntegerField(default=0)
    dunned_on = models.DateField(null=True, blank=True)
    disputed = models.BooleanField(default=False)
    entry = models.ForeignKey("receivables.Entry", on_delete=models.PROTECT, related_name="charges")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(amount__gte=0, settled__gte=0, settled__lte=models.F("amount"))
                    | models.Q(amount__lt=0, settled__lte=0, settled__gte=models.F("amount"))
                ),
                name="charge_settled_within",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="open") | ~models.Q(settled=models.F("amount")) | models.Q(amount=0),
                name="charge_open_is_open",
            ),
        ]
        indexes = [
            models.Index(fields=["agreement", "due_on"], name="charge_agreement"),
            models.Index(fields=["due_on"], name="charge_open", condition=models.Q(state="open")),
            models.Index(fields=["reference"], name="charge_reference"),
        ]


class Allocation(models.Model):
    """What of a payment, or of a credit, settles what of a charge."""

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="allocations")
    payment = models.ForeignKey("receivables.Payment", null=True, on_delete=models.PROTECT, related_name="allocations")
    credit = models.ForeignKey(Charge, null=True, on_delete=models.PROTECT, related_name="used_for")
    amount = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    undone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="allocation_above_zero"),
            models.CheckConstraint(
                condition=models.Q(payment__isnull=True) ^ models.Q(credit__isnull=True), name="allocation_of_one"
            ),
        ]
