"""The room `records` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Records."""

    name = "wattloop.apps.records"
    label = "records"
