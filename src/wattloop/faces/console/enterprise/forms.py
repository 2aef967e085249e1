"""What is asked for in the area."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import Role, Unit, User

YES_NO = (("", "---------"), ("true", _("yes")), ("false", _("no")))


class UploadForm(forms.Form):
    """A folder as a ZIP."""

    file = forms.FileField(
        label=_("The enterprise folder, as ZIP"), help_text=_("Up to 20 MiB. Nothing is loaded yet.")
    )


class LoadForm(forms.Form):
    """Why a folder is loaded."""

    note = forms.CharField(
        label=_("Why"), max_length=500, required=False, help_text=_("Kept in the audit."),
    )  # fmt: skip


class RoleForm(forms.Form):
    """A role for a unit."""

    role = forms.ModelChoiceField(Role.objects.none(), label=_("Role"))
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("For"))

    def __init__(self, data: Any, *, by: User) -> None:
        super().__init__(data)
        units = gate.visible(by, "enterprise.user.change", Unit.objects.filter(active=True), "pk")
        self.fields["role"].queryset = Role.objects.filter(active=True).order_by("code")
        self.fields["unit"].queryset = units.order_by("path")


class UserFilter(filters.FilterSet):
    """Users by name, unit, role, and whether they may sign in."""

    q = filters.CharFilter(label=_("Name or user name"), method="named")
    unit = filters.ModelChoiceFilter(label=_("Unit"), queryset=Unit.objects.order_by("path"), method="below")
    role = filters.ModelChoiceFilter(
        label=_("Role"), queryset=Role.objects.order_by("code"), field_name="assignments__role", distinct=True
    )
    is_active = filters.BooleanFilter(label=_("May sign in"), widget=forms.Select(choices=YES_NO))

    class Meta:
        model = User
        fields = ()

    def named(self, rows: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        """Part of a name, Chinese ones included."""
        return rows.filter(
            Q(username__icontains=value) | Q(employee__name__icontains=value) | Q(employee__number=value)
        )

    def below(self, rows: QuerySet[User], _name: str, value: Unit) -> QuerySet[User]:
        """Of a unit and those below it."""
        return rows.filter(employee__unit__path__startswith=value.path)
