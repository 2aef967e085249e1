"""The room `billing` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Billing."""

    name = "wattloop.apps.billing"
    label = "billing"
