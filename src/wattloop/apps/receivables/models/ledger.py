"""The double-entry ledger: a row takes an amount from one account and gives it to another, so it always balances.

All amounts are integers of the currency's smallest unit (fen, cents). Rows are only added.
"""

from __future__ import annotations

from django.db import models


class Account(models.Model):
    """A ledger account: `receivable`, `bank`, `cash`, `revenue`, `tax`, `advance` and what the folder adds."""

    class Kind(models.TextChoices):
        """On which side of the books it stands."""

        ASSET = "asset"
        LIABILITY = "liability"
        INCOME = "income"
        EXPENSE = "expense"

    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)

    class Meta:
        ordering = ("code",)


class Period(models.Model):
    """A month of the books. Nothing is entered into a closed one."""

    start = models.DateField(unique=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    totals = models.JSONField(default=dict)

    class Meta:
        ordering = ("-start",)


class Entry(models.Model):
    """Something that happened to the books. `key` names it once: `bill:17`, `payment:bank:2026…`."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40, db_index=True)
    on = models.DateField(db_index=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    text = models.CharField(max_length=300, blank=True)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")


class Transfer(models.Model):
    """An amount moved: debited to one account, credited to another."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="transfers")
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits")
    amount = models.BigIntegerField()
    agreement = models.ForeignKey(
        "customers.Agreement", null=True, on_delete=models.PROTECT, related_name="transfers", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transfer_above_zero"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="transfer_between_two"),
        ]
        indexes = [models.Index(fields=["agreement", "id"], name="transfer_agreement")]
