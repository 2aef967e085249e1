"""The room `metering` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Metering."""

    name = "wattloop.apps.metering"
    label = "metering"

    def ready(self) -> None:
        """Make the room's tables and jobs known, and customers be found by their meters."""
        from wattloop.apps.customers import search
        from wattloop.apps.metering import tables, tasks  # noqa: F401
        from wattloop.apps.metering.queries import customers_by_meter

        search.finds("meter", customers_by_meter)
