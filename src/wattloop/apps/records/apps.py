"""The room `records` as Django knows it."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Records."""

    name = "wattloop.apps.records"
    label = "records"

    def ready(self) -> None:
        """Declare what runs by itself."""
        import_module("wattloop.apps.records.tasks")
