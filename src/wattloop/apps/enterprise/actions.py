"""Every action of the room, in words; roles grant them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "enterprise.folder.load": _("load the enterprise folder"),
    "enterprise.tariff.view": _("see tariffs"),
    "enterprise.tariff.try": _("try what a tariff would cost"),
    "enterprise.tariff.propose": _("propose tariffs"),
    "enterprise.tariff.decide": _("put proposed tariffs in force or send them back"),
    "enterprise.unit.view": _("see units, rules and their versions"),
    "enterprise.user.view": _("see users, roles and what they may do"),
    "enterprise.user.change": _("give and take roles, lock and unlock users"),
}


def every_action() -> dict[str, object]:
    """All actions of all rooms, in words."""
    from importlib import import_module
    from importlib.util import find_spec

    from django.apps import apps

    found: dict[str, object] = {}
    for config in apps.get_app_configs():
        name = f"{config.name}.actions"
        if config.name.startswith("wattloop.apps.") and find_spec(name) is not None:
            found |= import_module(name).ACTIONS
    return found
