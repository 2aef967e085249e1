"""The room `metering` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Metering."""

    name = "wattloop.apps.metering"
    label = "metering"

    def ready(self) -> None:
        """Make the room's tables known."""
        from wattloop.apps.metering import tables  # noqa: F401
