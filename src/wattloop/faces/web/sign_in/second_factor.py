"""Staff have a second factor: whoever signed in by password and has none is sent to set one up first."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from wattloop.faces.web.sign_in.sessions import sent_to

HELD = "second-factor"
# What somebody without one may still open: setting it up, confirming who they are, signing out.
OPEN = (
    "mfa_activate_totp", "mfa_view_recovery_codes", "account_reauthenticate", "mfa_reauthenticate", "account_logout",
    "choose",
)  # fmt: skip


class SecondFactor:
    """Send to setting up a second factor, where it is required (`WATTLOOP_SECOND_FACTOR`)."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; the address is known only to `process_view`."""
        return self.answer(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Whether the session has proved a second factor, asked of the database once a session."""
        match = request.resolver_match
        if settings.SECOND_FACTOR != "required" or not request.user.is_authenticated or request.session.get(HELD):
            return None
        # The provider that somebody came through asks for its own.
        provided = any(one.get("method") == "socialaccount" for one in request.session.get(_METHODS, []))
        if provided or is_mfa_enabled(request.user):
            request.session[HELD] = True
            return None
        return None if match and match.url_name in OPEN else sent_to(request, redirect("mfa_activate_totp"))


# Where allauth notes by what means somebody signed in.
_METHODS = "account_authentication_methods"
