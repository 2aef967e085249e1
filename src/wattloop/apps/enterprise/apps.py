"""The room `enterprise` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class EnterpriseConfig(AppConfig):
    """Enterprise."""

    name = "wattloop.apps.enterprise"
    label = "enterprise"
