"""The room `network` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """Network."""

    name = "wattloop.apps.network"
    label = "network"

    def ready(self) -> None:
        """Make the room's tables known."""
        from wattloop.apps.network import tables  # noqa: F401
