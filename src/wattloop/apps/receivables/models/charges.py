"""What agreements owe, item by item, and by what each was settled."""

from __future__ import annotations

from django.db import models


class Charge(models.Model):
    """One thing owed, or owed back where `amount` is below zero; open until `settled` comes to `amount`.

    `paused` says why it bears no late fee and is not dunned for now. A late fee is a charge of its own,
    `fee_of` another; `fee_through` is the last day whose fee that other has been charged, and
    `fee_stale` says that something before that day has changed since.
    """

    class State(models.TextChoices):
        """Whether anything is left of it."""

        OPEN = "open"
        SETTLED = "settled"
        WRITTEN_OFF = "written-off"

    class Pause(models.TextChoices):
        """Why it rests."""

        NONE = ""
        DISPUTE = "dispute"
        INSTALMENTS = "instalments"

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
    paused = models.CharField(max_length=12, choices=Pause.choices, default=Pause.NONE, blank=True)
    dunning_step = models.PositiveSmallIntegerField(default=0)
    dunned_on = models.DateField(null=True, blank=True)
    fee_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="fees", db_index=False)
    fee_through = models.DateField(null=True)
    fee_stale = models.BooleanField(default=False)
    entry = models.ForeignKey("receivables.Entry", on_delete=models.PROTECT, related_name="charges", db_index=False)

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
                condition=(
                    (models.Q(state="open") & ~models.Q(settled=models.F("amount")))
                    | (~models.Q(state="open") & models.Q(settled=models.F("amount")))
                ),
                name="charge_open_is_open",
            ),
        ]
        indexes = [
            models.Index(fields=["agreement", "due_on"], name="charge_agreement"),
            models.Index(fields=["due_on"], name="charge_open", condition=models.Q(state="open")),
            models.Index(fields=["agreement"], name="charge_credit", condition=models.Q(state="open", amount__lt=0)),
            models.Index(fields=["reference"], name="charge_reference"),
            models.Index(fields=["fee_of"], name="charge_fee_of", condition=models.Q(fee_of__isnull=False)),
            models.Index(fields=["id"], name="charge_fee_stale", condition=models.Q(fee_stale=True)),
        ]

    def __str__(self) -> str:
        return str(self.reference or self.key)

    @property
    def open(self) -> int:
        """What is left of it; below zero for a credit."""
        return int(self.amount - self.settled)


class Allocation(models.Model):
    """What of a payment, a credit, an adjustment or a refund settles what of a charge.

    `on` is the day from which the charge counts as settled by it: the day of payment, not of booking.
    A charge below zero is settled where it is another's `credit`, or by a refund.
    """

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="allocations")
    payment = models.ForeignKey("receivables.Payment", null=True, on_delete=models.PROTECT, related_name="allocations")
    credit = models.ForeignKey(Charge, null=True, on_delete=models.PROTECT, related_name="used_for", db_index=False)
    adjustment = models.ForeignKey(
        "receivables.Adjustment", null=True, on_delete=models.PROTECT, related_name="allocations", db_index=False
    )
    refund = models.ForeignKey(
        "receivables.Refund", null=True, on_delete=models.PROTECT, related_name="allocations", db_index=False
    )
    amount = models.BigIntegerField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    undone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="allocation_above_zero"),
            models.CheckConstraint(
                condition=(
                    models.Q(payment__isnull=False, credit__isnull=True, adjustment__isnull=True, refund__isnull=True)
                    | models.Q(payment__isnull=True, credit__isnull=False, adjustment__isnull=True, refund__isnull=True)
                    | models.Q(payment__isnull=True, credit__isnull=True, adjustment__isnull=False, refund__isnull=True)
                    | models.Q(payment__isnull=True, credit__isnull=True, adjustment__isnull=True, refund__isnull=False)
                ),
                name="allocation_of_one",
            ),
        ]
        indexes = [
            models.Index(fields=["credit"], name="allocation_credit", condition=models.Q(credit__isnull=False)),
            models.Index(fields=["refund"], name="allocation_refund", condition=models.Q(refund__isnull=False)),
            models.Index(
                fields=["adjustment"], name="allocation_adjustment", condition=models.Q(adjustment__isnull=False)
            ),
        ]


class Pause(models.Model):
    """Days on which a charge rests, in dispute or under an instalment plan; `end` is the last, absent while open."""

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="pauses")
    why = models.CharField(max_length=12, choices=Charge.Pause.choices)
    start = models.DateField()
    end = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("start", "id")
        constraints = [
            models.UniqueConstraint(fields=["charge"], condition=models.Q(end__isnull=True), name="one_pause_open"),
        ]
