"""Tables of the area."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wattloop.apps.enterprise.models import User
from wattloop.faces.web import showing
from wattloop.faces.web.tables import MomentColumn, Table


class UserTable(Table):
    """Who may sign in."""

    username = tables.Column(verbose_name=_("User name"), linkify=("enterprise:user", {"pk": tables.A("pk")}))
    name = tables.Column(verbose_name=_("Name"), accessor="employee__name", attrs={"td": {"class": "text-nowrap"}})
    unit = tables.Column(verbose_name=_("Unit"), accessor="employee__unit", order_by="employee__unit__path")
    post = tables.Column(verbose_name=_("Post"), accessor="employee__post", order_by="employee__post__code")
    roles = tables.Column(verbose_name=_("Roles"), accessor="assignments", orderable=False)
    factor = tables.Column(verbose_name=_("Second factor"))
    last_login = MomentColumn(verbose_name=_("Last signed in"))
    is_active = tables.Column(verbose_name=_("State"))

    class Meta:
        model = User
        fields = ("username", "name", "unit", "post", "roles", "factor", "last_login", "is_active")

    def render_roles(self, value: Any) -> str:
        """The roles, each once, with their units."""
        return "; ".join(f"{one.role} · {one.unit}" for one in value.all())

    def render_factor(self, value: bool) -> SafeString:
        """Whether there is one."""
        return showing.badge("good", _("set up")) if value else showing.badge("quiet", pgettext_lazy("factor", "none"))

    def value_factor(self, value: bool) -> str:
        """Whether there is one, in a word."""
        return str(_("set up") if value else pgettext_lazy("factor", "none"))

    def render_is_active(self, value: bool) -> SafeString:
        """Whether they may sign in."""
        return showing.badge("good", _("active")) if value else showing.badge("bad", _("locked"))

    def value_is_active(self, value: bool) -> str:
        """Whether they may sign in, in a word."""
        return str(_("active") if value else _("locked"))
