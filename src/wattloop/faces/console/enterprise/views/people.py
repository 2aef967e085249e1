"""Users, roles, and what somebody is themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from wattloop.apps.enterprise import gate, services
from wattloop.apps.enterprise.actions import every_action
from wattloop.apps.enterprise.models import Assignment, Role, User
from wattloop.faces.console.enterprise.forms import RoleForm, UserFilter
from wattloop.faces.console.enterprise.tables import UserTable
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.library.quantity.refusal import Refused

VIEW, CHANGE = "enterprise.user.view", "enterprise.user.change"


def _seen(request: HttpRequest) -> QuerySet[User]:
    from allauth.mfa.models import Authenticator

    rows: QuerySet[User] = gate.visible(request.user, VIEW, User.objects.all(), "employee__unit")
    factor = Exists(Authenticator.objects.filter(user=OuterRef("pk")))
    return rows.select_related("employee__unit", "employee__post").annotate(factor=factor)


@needs(VIEW)
def users(request: HttpRequest) -> HttpResponse:
    """Who may sign in."""
    rows = _seen(request).prefetch_related("assignments__role", "assignments__unit").order_by("username")
    return listing(
        request, rows, UserTable, title=_("Users"), filters=UserFilter, name="users",
        crumbs=[(_("Enterprise"), ""), (_("Users"), "")],
    )  # fmt: skip


@needs(VIEW)
def user(request: HttpRequest, pk: int) -> HttpResponse:
    """One user: roles by unit, whether they may sign in and with what."""
    one = get_object_or_404(_seen(request), pk=pk)
    form = RoleForm(None, by=request.user)
    if request.method == "POST":
        form = RoleForm(request.POST if request.POST.get("do") == "give" else None, by=request.user)
        done = _do(request, one, form)
        if done is not None:
            return done
    return render(request, "console/enterprise/user.html", {**_context(request, one), "form": form})


def _context(request: HttpRequest, one: User) -> dict[str, Any]:
    from axes.models import AccessAttempt

    failures = AccessAttempt.objects.filter(username=one.username).values_list("failures_since_start", flat=True)
    held = one.assignments.select_related("role", "unit").order_by("unit__path", "role__code")
    return {
        "one": one,
        "held": held,
        "failures": max(failures, default=0),
        "may_change": gate.may(request.user, CHANGE) and one.pk != request.user.pk,
    }


def _do(request: HttpRequest, one: User, form: RoleForm) -> HttpResponse | None:
    """Do what was pressed; None where the form has to be mended."""
    asked, by = request.POST.get("do"), request.user
    try:
        if asked == "give":
            if not form.is_valid():
                return None
            services.give_role(one, form.cleaned_data["role"], form.cleaned_data["unit"], by=by)
        elif asked == "take":
            held = get_object_or_404(Assignment.objects.filter(user=one), pk=_number(request.POST.get("held")))
            services.take_role(held, by=by)
        elif asked in {"lock", "allow"}:
            services.set_active(one, asked == "allow", by=by)
        elif asked == "factor":
            services.reset_second_factor(one, by=by)
        elif asked == "unlock":
            services.unlock(one, by=by)
        elif asked == "password":
            [password] = services.give_passwords([one], by=by).values()
            return render(request, "console/enterprise/password.html", {"one": one, "password": password})
    except gate.NotAllowed:
        raise
    except Refused as refused:
        messages.error(request, f"{refused.what}. {refused.mend}")
        if asked == "give":
            return None
    else:
        messages.success(request, _("Done."))
    return redirect("enterprise:user", pk=one.pk)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


@needs(VIEW)
def roles(request: HttpRequest) -> HttpResponse:
    """Every role, in words: what it lets somebody do, and how many have it."""
    active = Q(assignments__user__is_active=True)
    found = Role.objects.annotate(holders=Count("assignments__user", filter=active, distinct=True))
    rows = [{"role": one, "rooms": in_words(one.grants)} for one in found.order_by("-active", "code")]
    return render(request, "console/enterprise/roles.html", {"rows": rows})


def in_words(patterns: list[str]) -> dict[str, list[Any]]:
    """{room: what patterns grant in it, in words}."""
    found: dict[str, list[Any]] = {}
    for action, told in every_action().items():
        if any(gate.covers(pattern, action) for pattern in patterns):
            found.setdefault(action.split(".", maxsplit=1)[0], []).append(told)
    return found


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Oneself: language, colours, password, second factor, and what one may do."""
    from allauth.mfa.models import Authenticator

    held = request.user.assignments.select_related("role", "unit").order_by("unit__path", "role__code")
    context = {
        "employee": getattr(request.user, "employee", None),
        "held": [{"one": one, "rooms": in_words(one.role.grants)} for one in held],
        "factor": Authenticator.objects.filter(user=request.user).exists(),
    }
    return render(request, "console/enterprise/me.html", context)
