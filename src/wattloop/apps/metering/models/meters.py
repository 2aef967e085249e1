"""Meters, and where each hangs from when to when."""

from __future__ import annotations

from django.db import models


class Meter(models.Model):
    """A meter (电能表), by the number on its plate."""

    number = models.CharField(max_length=40, unique=True)
    model = models.CharField(max_length=60, blank=True)
    maker = models.CharField(max_length=60, blank=True)
    accuracy = models.CharField(max_length=20, blank=True)
    digits = models.PositiveSmallIntegerField(default=6)
    made_in = models.PositiveSmallIntegerField(null=True, blank=True)
    tested_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return str(self.number)


class Installation(models.Model):
    """A meter at a usage point from a day to a day, with the multiplier (倍率) of its transformers.

    `first` and `last` are its registers `{register: Wh or varh of the meter, without the multiplier}` when it was
    hung and when it was taken down. An exchange ends one row and begins another.
    """

    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="installations")
    point = models.ForeignKey("customers.UsagePoint", on_delete=models.CASCADE, related_name="installations")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    multiplier_thousandths = models.BigIntegerField(default=1000)
    first = models.JSONField(default=dict, blank=True)
    last = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("point", "valid_from")
        constraints = [
            models.UniqueConstraint(
                fields=["meter"], condition=models.Q(valid_to__isnull=True), name="meter_hangs_once"
            ),
            models.UniqueConstraint(
                fields=["point"], condition=models.Q(valid_to__isnull=True), name="point_has_one_meter"
            ),
            models.UniqueConstraint(fields=["point", "valid_from"], name="installation_once"),
            models.CheckConstraint(condition=models.Q(multiplier_thousandths__gt=0), name="multiplier_above_zero"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="installation_forwards",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id}@{self.valid_from}"
