"""The face `console` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Console."""

    name = "wattloop.faces.console"
    label = "console"
