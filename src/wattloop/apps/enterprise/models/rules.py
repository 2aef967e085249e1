"""The enterprise folder as it was loaded, and which of its tariffs are in force."""

from __future__ import annotations

from django.db import models


class FolderVersion(models.Model):
    """The enterprise folder as it was at one loading: its files lie in `WATTLOOP_HOME/enterprise/NUMBER`."""

    number = models.PositiveIntegerField(primary_key=True)
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=150)
    digest = models.CharField(max_length=64)
    files = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-number",)


class TariffOffer(models.Model):
    """A tariff file that somebody proposed, and somebody else put in force or sent back.

    What is in force for a tariff id is the newest row that is; bills are priced by no other.
    """

    class State(models.TextChoices):
        """How far it has come."""

        PROPOSED = "proposed"
        IN_FORCE = "in-force"
        REPLACED = "replaced"
        REFUSED = "refused"

    tariff = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=200, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    file = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    version = models.ForeignKey(FolderVersion, on_delete=models.PROTECT, related_name="offers")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("tariff", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["tariff"], condition=models.Q(state="in-force"), name="one_tariff_in_force"
            ),
            models.UniqueConstraint(
                fields=["tariff"], condition=models.Q(state="proposed"), name="one_tariff_proposed"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="in-force") | ~models.Q(decided_by=models.F("proposed_by")),
                name="two_people_for_a_tariff",
            ),
        ]


class Number(models.Model):
    """The next of a series of numbers: of bills, receipts, agreements."""

    series = models.CharField(max_length=60, primary_key=True)
    next = models.BigIntegerField(default=1)
