"""What is done about what is not paid: instalment plans and dunning."""

from __future__ import annotations

from django.db import models

from wattloop.apps.receivables.models.charges import Charge


class Plan(models.Model):
    """An instalment plan over some charges of an agreement: while it is kept they rest."""

    class State(models.TextChoices):
        """What became of it."""

        ACTIVE = "active"
        KEPT = "kept"
        BROKEN = "broken"
        CANCELLED = "cancelled"

    agreement = models.ForeignKey("customers.Agreement", on_delete=models.PROTECT, related_name="plans")
    amount = models.BigIntegerField()
    made_on = models.DateField()
    by = models.CharField(max_length=150)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    ended_on = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["agreement"], condition=models.Q(state="active"), name="one_plan_active"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="plan_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.made_on}"


class PlanCharge(models.Model):
    """A charge that a plan covers, with what was open of it when the plan was made."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="covers")
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="plans")
    amount = models.BigIntegerField()


class Instalment(models.Model):
    """A part of a plan, due on a day."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="instalments")
    due_on = models.DateField()
    amount = models.BigIntegerField()

    class Meta:
        ordering = ("due_on",)
        constraints = [
            models.UniqueConstraint(fields=["plan", "due_on"], name="instalment_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="instalment_above_zero"),
        ]


class Notice(models.Model):
    """A step of dunning that an agreement was sent. `oldest` is the charge whose age called for it."""

    agreement = models.ForeignKey("customers.Agreement", on_delete=models.PROTECT, related_name="notices")
    oldest = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="notices")
    step = models.PositiveSmallIntegerField()
    step_id = models.CharField(max_length=40)
    channel = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    on = models.DateField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["oldest", "step"], name="dunned_once")]
