"""The console's navigation: what is shown to whom, in the order of a month's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Item:
    """A place in the console.

    Args:
        url: name of its address.
        label: as it is called.
        action: what somebody must be allowed to do to see it.
        icon: the name of an icon.
    """

    url: str
    label: Any
    action: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Places that belong together."""

    label: Any
    items: tuple[Item, ...]
    icon: str = ""


GROUPS = (
    Group(
        _("Customers"),
        (
            Item("customers:list", _("Customers"), "customers.customer.view"),
            Item("customers:key_accounts", _("Key accounts"), "customers.customer.view"),
            Item("customers:prospects", _("Prospects"), "customers.prospect.view"),
            Item("customers:import", _("Import and export"), "customers.customer.import"),
            Item("network:areas", _("Transformer areas"), "network.place.view"),
            Item("network:feeders", _("Feeders"), "network.place.view"),
        ),
        "users",
    ),
    Group(
        _("Readings"),
        (
            Item("metering:readings", _("Coverage"), "metering.readings.view"),
            Item("metering:sources", _("Sources"), "metering.readings.view"),
        ),
        "gauge",
    ),
    Group(
        _("Billing"),
        (
            Item("billing:runs", _("Bill runs"), "billing.run.view"),
            Item("billing:exceptions", _("Exceptions"), "billing.exception.view"),
        ),
        "receipt",
    ),
    Group(
        _("Payments"),
        (
            Item("receivables:home", _("Today"), "receivables.payment.view"),
            Item("receivables:desk", _("Desk"), "receivables.payment.take"),
            Item("receivables:payments", _("Payments"), "receivables.payment.view"),
            Item("receivables:ledger", _("Ledger"), "receivables.ledger.view"),
        ),
        "coins",
    ),
    Group(_("Tariffs"), (Item("tariffs:list", _("Tariffs"), "enterprise.tariff.view"),), "chart-line"),
    Group(
        _("Enterprise"),
        (
            Item("enterprise:overview", _("Folder of rules"), "enterprise.unit.view"),
            Item("enterprise:units", _("Units"), "enterprise.unit.view"),
            Item("enterprise:users", _("Users"), "enterprise.user.view"),
            Item("enterprise:roles", _("Roles"), "enterprise.user.view"),
            Item("records:jobs", _("Jobs"), "records.job.view"),
            Item("records:audit", _("Audit"), "records.audit.view"),
        ),
        "building",
    ),
)
