"""Grid places: feeders, transformer areas, and which of them supplies whom."""

from __future__ import annotations

from django.db import models


class Feeder(models.Model):
    """A feeder (线路)."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    voltage = models.CharField(max_length=20, default="10kV")
    station = models.CharField(max_length=100, blank=True)
    unit = models.ForeignKey("enterprise.Unit", on_delete=models.PROTECT, related_name="feeders")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class Area(models.Model):
    """A transformer area (台区): what one distribution transformer supplies."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    feeder = models.ForeignKey(Feeder, null=True, blank=True, on_delete=models.PROTECT, related_name="areas")
    capacity_va = models.BigIntegerField(null=True, blank=True)
    gate_point = models.CharField(max_length=40, blank=True)  # the point that measures what goes in
    unit = models.ForeignKey("enterprise.Unit", on_delete=models.PROTECT, related_name="areas")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class Supply(models.Model):
    """By what an agreement is supplied: its own transformer area, or a feeder; important users by a second too."""

    class Rank(models.TextChoices):
        """Which supply it is."""

        MAIN = "main"
        SECOND = "second"
        OWN = "own"  # the customer's own generator

    agreement = models.ForeignKey("customers.Agreement", on_delete=models.CASCADE, related_name="supplies")
    rank = models.CharField(max_length=10, choices=Rank.choices, default=Rank.MAIN)
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="supplies")
    feeder = models.ForeignKey(Feeder, null=True, blank=True, on_delete=models.PROTECT, related_name="supplies")
    capacity_va = models.BigIntegerField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            # Counted for every place that a page shows.
            models.Index(fields=["area"], name="supply_area_now", condition=models.Q(valid_to__isnull=True)),
            models.Index(fields=["feeder"], name="supply_feeder_now", condition=models.Q(valid_to__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "rank", "valid_from"], name="supply_once"),
            models.UniqueConstraint(
                fields=["agreement", "rank"], condition=models.Q(valid_from__isnull=True), name="supply_always_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.rank}"
