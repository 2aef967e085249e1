"""The face `web` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Web."""

    name = "wattloop.faces.web"
    label = "web"

    def ready(self) -> None:
        """Note who signs in."""
        from wattloop.faces.web.sign_in import noted  # noqa: F401 - its receivers
