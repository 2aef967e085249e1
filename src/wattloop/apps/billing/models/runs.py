"""A bill run: a visible thing with states."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class BillRun(models.Model):
    """The bills of many agreements for one period, from planned to issued.

    Its lines and what they follow from are booked in `WATTLOOP_HOME/runs/ID/ATTEMPT` (`rating.book`): rated
    again, it is booked anew beside. `booked` is the number of the booking there that this run made: 0, or, in
    a correction, the one after those that it corrects, which lie beside it. `corrects` is the first run.
    """

    class State(models.TextChoices):
        """How far it has come, in this order."""

        PLANNED: Any = "planned", _("planned")
        DETERMINANTS: Any = "determinants", _("being rated")
        RATED: Any = "rated", _("rated")
        CHECKED: Any = "checked", _("checked")
        APPROVED: Any = "approved", _("approved")
        ISSUING: Any = "issuing", _("being issued")
        ISSUED: Any = "issued", _("issued")
        CANCELLED: Any = "cancelled", _("cancelled")

    class Kind(models.TextChoices):
        """Bills, or differences of bills issued before."""

        ORIGINAL: Any = "original", _("bills")
        CORRECTION: Any = "correction", _("correction")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ORIGINAL)
    name = models.CharField(max_length=100)
    unit = models.ForeignKey("enterprise.Unit", on_delete=models.PROTECT, related_name="bill_runs")
    period_start = models.DateField()
    period_end = models.DateField()  # the day after the last
    scope = models.JSONField(default=dict)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLANNED)
    problem = models.TextField(blank=True)
    folder_version = models.ForeignKey("enterprise.FolderVersion", null=True, on_delete=models.PROTECT)
    lake_version = models.BigIntegerField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    booked = models.PositiveIntegerField(null=True)
    job = models.UUIDField(null=True)
    planned = models.PositiveIntegerField(default=0)
    bills = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    issued = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    energy_wh = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    by_tariff = models.JSONField(default=list)  # {tariff, bills, energy_wh, amount}, the largest first
    seconds = models.JSONField(default=dict)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    issued_by = models.CharField(max_length=150, blank=True)
    issued_at = models.DateTimeField(null=True)
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=models.Q(period_end__gt=models.F("period_start")), name="run_forwards"),
            models.CheckConstraint(
                condition=models.Q(kind="original", corrects__isnull=True)
                | models.Q(kind="correction", corrects__isnull=False),
                name="correction_corrects",
            ),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=~models.Q(state__in=["issued", "cancelled"]),
                name="one_correction_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def last_day(self) -> dt.date:
        """The last day that is billed."""
        last: dt.date = self.period_end - dt.timedelta(days=1)
        return last
