"""The largest rises of a run, split into what made them."""

from __future__ import annotations

from django.db import models

from wattloop.apps.billing.models.bills import Bill


class Shock(models.Model):
    """By how much a bill is above the one it is compared with; the parts add up to `rise` exactly.

    All amounts in the smallest unit of the currency.
    """

    bill = models.OneToOneField(Bill, on_delete=models.CASCADE, related_name="shock")
    before = models.BigIntegerField()
    before_start = models.DateField()
    rise = models.BigIntegerField()
    price = models.BigIntegerField()
    use = models.BigIntegerField()
    tier = models.BigIntegerField()
    power_factor = models.BigIntegerField()
    other = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-rise",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    rise=models.F("price")
                    + models.F("use")
                    + models.F("tier")
                    + models.F("power_factor")
                    + models.F("other")
                ),
                name="shock_adds_up",
            )
        ]
