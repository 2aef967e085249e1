"""Signing in and out, and failing to, leave entries in the audit."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from wattloop.apps.enterprise.models import User
from wattloop.apps.records.actors import System
from wattloop.apps.records.services import audit
from wattloop.faces.web.sign_in.adapters import client_address
from wattloop.faces.web.sign_in.sessions import begin

DOOR = System("sign-in")


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_more: Any) -> None:
    """Somebody came in."""
    begin(request)
    audit("enterprise.user.sign-in", user, by=user, note=client_address(request))


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **_more: Any) -> None:
    """Somebody left, or was left out because their time was over."""
    if user is not None:
        audit("enterprise.user.sign-out", user, by=user, note=getattr(request, "ending", ""))


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_more: Any) -> None:
    """Somebody did not come in. Unknown names are kept too: one that is a password by mistake is cut short."""
    name = str(credentials.get("username") or "")
    user = User.objects.filter(username=name).first()
    note = (client_address(request) if request else "") + ("" if user else f" {name[:3]}…")
    audit("enterprise.user.sign-in-failed", user, by=DOOR, note=note.strip())


@receiver(user_locked_out)
def locked_out(request: HttpRequest, username: str, **_more: Any) -> None:
    """Too many failures: nobody comes in under that name from there for a while."""
    user = User.objects.filter(username=username).first()
    audit("enterprise.user.lock-out", user, by=DOOR, note=client_address(request))


@receiver(password_changed)
def new_password(user: User, **_more: Any) -> None:
    """Somebody changed their password."""
    audit("enterprise.user.change-password", user, by=user)


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
def second_factor(signal: Any, user: User, authenticator: Any, **_more: Any) -> None:
    """A second factor came, went, or was made anew."""
    verb = {authenticator_added: "add", authenticator_removed: "remove"}.get(signal, "renew")
    audit(f"enterprise.user.{verb}-second-factor", user, by=user, note=str(authenticator.type))
