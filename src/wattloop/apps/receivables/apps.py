"""The room `receivables` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    """Receivables."""

    name = "wattloop.apps.receivables"
    label = "receivables"

    def ready(self) -> None:
        """Say which file of the enterprise folder the room reads."""
        from wattloop.apps.enterprise.folder import sections

        sections.declare(
            "receivables.rules", file="receivables/rules.yaml", schema="wattloop.apps.receivables.rules:Rules"
        )
