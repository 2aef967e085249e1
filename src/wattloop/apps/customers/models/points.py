"""Where an agreement's energy is measured."""

from __future__ import annotations

from django.db import models

from wattloop.apps.customers.models.agreements import Agreement


class UsagePoint(models.Model):
    """A usage point (计量点); readings name it by `number`.

    `tariff` is its own where it is priced by itself. `behind` is the point whose meter its energy has
    passed. `fixed_wh` a month or `share_millionths` of that meter's energy are agreed on, not measured.
    """

    number = models.CharField(max_length=40, db_index=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="points")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=10, blank=True)  # intervals, registers, or whichever there is
    tariff = models.CharField(max_length=80, blank=True)
    behind = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    fixed_wh = models.BigIntegerField(null=True, blank=True)
    share_millionths = models.BigIntegerField(null=True, blank=True)
    out_of = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("agreement", "id")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="point_of_agreement_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="point_forwards",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)
