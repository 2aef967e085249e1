"""One bill of one agreement for one period."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from wattloop.apps.billing.models.runs import BillRun


class Bill(models.Model):
    """A bill, or the difference to one issued before.

    It is there from the planning of its run on, so that no second run can take the same agreement and
    period: `sequence` is 0 for the bill and counts its corrections. A cancelled run lets go of its bills.
    """

    class State(models.TextChoices):
        """What became of it."""

        PLANNED: Any = "planned", _("planned")
        RATED: Any = "rated", _("rated")
        HELD: Any = "held", _("held back")
        ISSUED: Any = "issued", _("issued")

    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="bill_set")
    agreement = models.ForeignKey("customers.Agreement", on_delete=models.PROTECT, related_name="bills", db_index=False)
    period_start = models.DateField()
    period_end = models.DateField()
    sequence = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    number = models.CharField(max_length=40, null=True, unique=True)
    tariff = models.CharField(max_length=80, blank=True)
    amount = models.BigIntegerField(null=True)
    energy_wh = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    line_count = models.PositiveIntegerField(default=0)
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)

    class Meta:
        ordering = ("-period_start", "agreement")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "period_start", "sequence"], name="bill_once"),
            models.CheckConstraint(
                condition=~models.Q(state="issued") | models.Q(number__isnull=False, amount__isnull=False),
                name="issued_bill_is_whole",
            ),
            models.CheckConstraint(condition=models.Q(period_end__gt=models.F("period_start")), name="bill_forwards"),
        ]
        indexes = [
            models.Index(fields=["run", "-amount"], name="bill_run_amount"),
            models.Index(fields=["run", "state"], name="bill_run_state"),
        ]

    def __str__(self) -> str:
        return str(self.number or f"{self.agreement_id} {self.period_start}")

    @property
    def last_day(self) -> dt.date:
        """The last day that is billed."""
        last: dt.date = self.period_end - dt.timedelta(days=1)
        return last
