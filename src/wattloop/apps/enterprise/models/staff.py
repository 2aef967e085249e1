"""Who works for the enterprise, signs in, and may do what, where."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from wattloop.apps.enterprise.models.units import Unit
from wattloop.apps.enterprise.wording import named


class Post(models.Model):
    """A post (岗位): what somebody is employed as."""

    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return named(self)


class Role(models.Model):
    """A role: a list of actions that whoever has it may do, `billing.run.approve` or `billing.*`."""

    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    grants = models.JSONField(default=list)
    home = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return named(self)


class User(AbstractUser):
    """Somebody who signs in."""

    class Theme(models.TextChoices):
        """Dark, light, or as the device is set."""

        AUTO = "auto"
        LIGHT = "light"
        DARK = "dark"

    language = models.CharField(max_length=10, blank=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)

    @property
    def actor(self) -> str:
        """As audit entries call them."""
        return str(self.username)


class Employee(models.Model):
    """Somebody who works for a unit at a post."""

    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="employees")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="employees")
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="employee")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return str(self.name)


class Assignment(models.Model):
    """A role that somebody has for a unit and all below it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="assignments")
    # The folder's own; one that the console gave is not taken away by loading the folder.
    by_folder = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role", "unit"], name="assignment_once")]
