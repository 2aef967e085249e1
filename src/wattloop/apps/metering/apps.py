"""The room `metering` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Metering."""

    name = "wattloop.apps.metering"
    label = "metering"
