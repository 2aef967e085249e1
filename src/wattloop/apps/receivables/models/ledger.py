"""The double-entry ledger: a row takes an amount from one account and gives it to another, so it always balances.

All amounts are integers of the currency's smallest unit (fen, cents). Rows are only added: triggers
(migration 0002) refuse to change or delete an entry or a transfer, and to enter anything into a closed month.
"""

from __future__ import annotations

from django.db import models

from wattloop.apps.enterprise.wording import named


class Account(models.Model):
    """A ledger account: `receivable`, `bank`, `cash`, `revenue.energy`, `tax`, `advance` and what the folder adds."""

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

    def __str__(self) -> str:
        return named(self)


class Period(models.Model):
    """A month of the books. Nothing is entered into a closed one.

    `totals` are the balances of all accounts at its end, `{code: debits less credits}`, kept when it
    is closed. Whoever closed it does not open it again.
    """

    start = models.DateField(unique=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.CharField(max_length=150, blank=True)
    totals = models.JSONField(default=dict)

    class Meta:
        ordering = ("-start",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reopened_by="") | ~models.Q(reopened_by=models.F("closed_by")),
                name="two_people_for_a_reopened_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}"


class Entry(models.Model):
    """Something that happened to the books. `key` names it once: `payment:17`, `refund-paid:3`."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40, db_index=True)
    on = models.DateField(db_index=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    text = models.CharField(max_length=300, blank=True)


class Transfer(models.Model):
    """An amount moved: debited to one account, credited to another. `reference` is of the bill, receipt, payment."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="transfers")
    # Few accounts, many transfers: an index on an account would choose nothing, and cost at every posting.
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits", db_index=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits", db_index=False)
    amount = models.BigIntegerField()
    agreement = models.ForeignKey(
        "customers.Agreement", null=True, on_delete=models.PROTECT, related_name="transfers", db_index=False
    )
    reference = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transfer_above_zero"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="transfer_between_two"),
        ]
        indexes = [models.Index(fields=["agreement", "id"], name="transfer_agreement")]


class LedgerCheck(models.Model):
    """A proof of the books, and what it found broken: `[{"check", "about", "expected", "found"}]`."""

    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    breaks = models.JSONField(default=list)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
