"""What is agreed with a customer, from when to when."""

from __future__ import annotations

from django.db import models

from wattloop.apps.customers.models.customers import Customer


class Agreement(models.Model):
    """A supply contract (供用电合同): its number is the 户号, and it is what is billed."""

    class State(models.TextChoices):
        """Whether it is supplied."""

        ACTIVE = "active"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    number = models.CharField(max_length=40, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="agreements")
    unit = models.ForeignKey("enterprise.Unit", on_delete=models.PROTECT, related_name="agreements")
    address = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    reading_day = models.PositiveSmallIntegerField(default=1)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("number",)
        indexes = [models.Index(fields=["unit", "number"], name="agreement_unit")]

    def __str__(self) -> str:
        return str(self.number)


class AgreementVersion(models.Model):
    """The terms that hold from a day on; `valid_to` is the last day, absent while open.

    `customer` owns the agreement while the version holds. Capacity is in VA and contract demand in
    W, absent where not agreed. `options` are words with spaces between, `allowances` `{name: day granted}`.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="versions")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    tariff = models.CharField(max_length=80)
    customer_class = models.CharField(max_length=40, blank=True)
    voltage = models.CharField(max_length=20, blank=True)
    market = models.CharField(max_length=40, blank=True)
    demand_method = models.CharField(max_length=20, blank=True)
    capacity_va = models.BigIntegerField(null=True, blank=True)
    contract_w = models.BigIntegerField(null=True, blank=True)
    options = models.CharField(max_length=200, blank=True)
    allowances = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("agreement", "valid_from")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "valid_from"], name="agreement_version_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="agreement_version_forwards",
            ),
            models.UniqueConstraint(
                fields=["agreement"], condition=models.Q(valid_to__isnull=True), name="agreement_version_open_once"
            ),
        ]
        indexes = [models.Index(fields=["tariff"], name="version_tariff")]

    def __str__(self) -> str:
        return f"{self.agreement_id}@{self.valid_from}"


class Transformer(models.Model):
    """A transformer of an agreement, whose capacity follows from those in service."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="transformers")
    name = models.CharField(max_length=40)
    capacity_va = models.BigIntegerField()
    interlock = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "name"], name="transformer_once"),
            models.CheckConstraint(condition=models.Q(capacity_va__gt=0), name="transformer_capacity"),
        ]

    def __str__(self) -> str:
        return str(self.name)


class TransformerState(models.Model):
    """From which day a transformer is running, hot-standby, cold-standby or sealed."""

    class Kind(models.TextChoices):
        """What it is then; only a sealed one is not charged for."""

        RUNNING = "running"
        HOT = "hot-standby"
        COLD = "cold-standby"
        SEALED = "sealed"

    transformer = models.ForeignKey(Transformer, on_delete=models.CASCADE, related_name="states")
    valid_from = models.DateField()
    state = models.CharField(max_length=20, choices=Kind.choices)

    class Meta:
        ordering = ("valid_from",)
        constraints = [models.UniqueConstraint(fields=["transformer", "valid_from"], name="transformer_state_once")]


class OpeningTier(models.Model):
    """Energy that counted for the tiers of a year before the first bill made here."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="opening_tiers")
    year = models.PositiveSmallIntegerField()
    energy_wh = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "year"], name="opening_tier_once"),
            models.CheckConstraint(condition=models.Q(energy_wh__gte=0), name="opening_tier_energy"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.year}"
