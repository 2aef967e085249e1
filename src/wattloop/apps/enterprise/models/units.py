"""The enterprise's units: the company, its stations, their teams."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Unit(models.Model):
    """A unit. `path` is its codes from the company down, `/company/station/team/`."""

    class Kind(models.TextChoices):
        """How high it stands."""

        COMPANY = "company", _("Company")
        STATION = "station", _("Station")
        TEAM = "team", _("Team")

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=400, unique=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("path",)

    def __str__(self) -> str:
        from wattloop.apps.enterprise.wording import named

        return named(self)
