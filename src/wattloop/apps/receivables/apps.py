"""The room `receivables` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    """Receivables."""

    name = "wattloop.apps.receivables"
    label = "receivables"
