"""What somebody proposes and, above a limit or always, somebody else decides."""

from __future__ import annotations

from django.db import models

from wattloop.apps.receivables.models.charges import Charge
from wattloop.apps.receivables.models.payments import DeskDay, Payment


class Adjustment(models.Model):
    """A charge, or part of it, that is waived or written off. A write-off is always two people's."""

    class Kind(models.TextChoices):
        """Why it will not be paid."""

        WRITE_OFF = "write-off"
        WAIVER = "waiver"

    class State(models.TextChoices):
        """How far it has come."""

        PROPOSED = "proposed"
        DONE = "done"
        REFUSED = "refused"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="adjustments")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="adjustment_above_zero"),
            models.CheckConstraint(
                condition=~models.Q(kind="write-off", state="done") | ~models.Q(decided_by=models.F("proposed_by")),
                name="two_people_for_a_write_off",
            ),
            models.UniqueConstraint(
                fields=["charge"], condition=models.Q(state="proposed"), name="one_adjustment_proposed"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="adjustment_proposed", condition=models.Q(state="proposed")),
        ]

    def __str__(self) -> str:
        return str(self.charge)


class Refund(models.Model):
    """Money given back: what a payment left unused, or a charge below zero. It is set aside when it is proposed."""

    class State(models.TextChoices):
        """How far it has come."""

        PROPOSED = "proposed"
        PAID = "paid"
        REFUSED = "refused"

    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="refunds")
    credit = models.ForeignKey(Charge, null=True, on_delete=models.PROTECT, related_name="refunds")
    agreement = models.ForeignKey("customers.Agreement", on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    method = models.CharField(max_length=20)
    reason = models.CharField(max_length=300)
    two_people = models.BooleanField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    desk_day = models.ForeignKey(DeskDay, null=True, on_delete=models.PROTECT, related_name="refunds")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_above_zero"),
            models.CheckConstraint(
                condition=models.Q(payment__isnull=True) ^ models.Q(credit__isnull=True), name="refund_of_one"
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(two_people=False) | ~models.Q(state="paid") | ~models.Q(decided_by=models.F("proposed_by"))
                ),
                name="two_people_for_a_refund",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="refund_proposed", condition=models.Q(state="proposed"))]

    def __str__(self) -> str:
        return str(self.payment or self.credit)
