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


class Rule(models.Model):
    """From which day a section of the folder says what it says in a version; without a day, since it was loaded.

    What holds on a day is the newest version that had begun by then. Rows are never changed, and
    only one that has not begun yet is ever taken out.
    """

    section = models.CharField(max_length=80)
    valid_from = models.DateField(null=True)
    version = models.ForeignKey(FolderVersion, on_delete=models.PROTECT, related_name="sections")
    file = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "version"], name="rule_once_a_version")]


class TariffOffer(models.Model):
    """A tariff file that somebody proposed, and somebody else put in force or sent back.

    What is in force for a tariff id is the one row that is. One that it replaced was in force
    before and still prices the days before the newer one begins.
    """

    class State(models.TextChoices):
        """How far it has come."""

        PROPOSED = "proposed"
        IN_FORCE = "in-force"
        REPLACED = "replaced"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

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
