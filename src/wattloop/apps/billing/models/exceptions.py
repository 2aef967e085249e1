"""What a check found about a bill, and what somebody decided."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from wattloop.apps.billing.models.bills import Bill
from wattloop.apps.billing.models.runs import BillRun


class BillException(models.Model):
    """One finding of one rule of one bill. A blocking one that is open keeps the bill from being issued."""

    class Severity(models.TextChoices):
        """Whether it keeps a bill back."""

        BLOCK: Any = "block", _("blocking")
        WARN: Any = "warn", _("warning")

    class State(models.TextChoices):
        """What was decided."""

        OPEN: Any = "open", _("open")
        ACCEPTED: Any = "accepted", _("accepted")  # the bill is right as it is
        HELD: Any = "held", _("held back")  # not with this run
        MENDED: Any = "mended", _("mended")  # no longer found after the run was rated again

    run = models.ForeignKey(BillRun, on_delete=models.CASCADE, related_name="exceptions")
    bill = models.ForeignKey(Bill, null=True, on_delete=models.CASCADE, related_name="exceptions")
    agreement = models.ForeignKey("customers.Agreement", null=True, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey("enterprise.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=60)
    severity = models.CharField(max_length=5, choices=Severity.choices)
    found = models.JSONField(default=dict)
    weight = models.BigIntegerField(default=0)  # how much money or how far off: what is worked first
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    assigned = models.CharField(max_length=150, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("severity", "-weight", "id")
        constraints = [models.UniqueConstraint(fields=["bill", "rule"], name="exception_once")]
        indexes = [models.Index(fields=["run", "state", "severity"], name="exception_run")]
