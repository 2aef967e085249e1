"""The room `customers` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Customers."""

    name = "wattloop.apps.customers"
    label = "customers"

    def ready(self) -> None:
        """Make the room's tables and jobs known."""
        from wattloop.apps.customers import tables, tasks  # noqa: F401
