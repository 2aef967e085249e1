"""The room `billing` as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Billing."""

    name = "wattloop.apps.billing"
    label = "billing"

    def ready(self) -> None:
        """Declare the room's jobs and what it reads of the enterprise folder; tell customers what is billed."""
        from wattloop.apps.billing import tasks  # noqa: F401
        from wattloop.apps.billing.queries import last_billed
        from wattloop.apps.billing.trials import tasks as trials  # noqa: F401
        from wattloop.apps.customers import billed
        from wattloop.apps.enterprise.folder import sections

        billed.told_by(last_billed)
        sections.declare("billing.checks", file="billing/checks.yaml", schema="wattloop.apps.billing.rules:Checks")
        sections.declare("billing.issue", file="billing/issue.yaml", schema="wattloop.apps.billing.rules:Issue")
