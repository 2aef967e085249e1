"""The room `receivables` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    """Receivables."""

    name = "wattloop.apps.receivables"
    label = "receivables"

    def ready(self) -> None:
        """Declare the room's tasks, and which file of the enterprise folder it reads."""
        from wattloop.apps.enterprise.folder import sections
        from wattloop.apps.receivables import tasks  # noqa: F401 - they are declared as they are imported

        sections.declare(
            "receivables.rules", file="receivables/rules.yaml", schema="wattloop.apps.receivables.rules:Rules"
        )
