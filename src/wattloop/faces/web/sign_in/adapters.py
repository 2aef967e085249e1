"""Where allauth asks us: nobody signs up by themselves, secrets are kept encrypted, who a provider's users are."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render

from wattloop.apps.enterprise.models import User
from wattloop.faces.web.sign_in.sessions import BEGAN
from wattloop.library.quantity import clock

JUST_NOW = 300


class Accounts(DefaultAccountAdapter):
    """Staff come from the enterprise folder or from whoever may change users, never by signing up."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Never."""
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Not of somebody who has just come in: a first second factor is set up without a second password."""
        return bool(int(clock.now().timestamp()) - self.request.session.get(BEGAN, 0) >= JUST_NOW)


class Secrets(DefaultMFAAdapter):
    """Second factors, encrypted where they are kept: a stolen database does not give them away."""

    def encrypt(self, text: str) -> str:
        """With the key that signs sessions."""
        return str(_lock().encrypt(text.encode()).decode())

    def decrypt(self, encrypted_text: str) -> str:
        """With that key, or one that it replaced."""
        return str(_lock().decrypt(encrypted_text.encode()).decode())


class Provided(DefaultSocialAccountAdapter):
    """Whoever an OpenID Connect provider names is the user of that name; strangers stay outside."""

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: Any) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Tie a provider's user to ours at their first sign-in.

        Raises:
            ImmediateHttpResponse: with a plain page for somebody we do not know.
        """
        if sociallogin.is_existing:
            return
        told = sociallogin.account.extra_data
        claims = {**told, **told.get("userinfo", {}), **told.get("id_token", {})}
        name = str(claims.get(settings.OIDC_CLAIM) or "")
        user = User.objects.filter(username=name, is_active=True).first() if name else None
        if user is None:
            page = render(request, "socialaccount/authentication_error.html", {"stranger": name}, status=403)
            raise ImmediateHttpResponse(page)
        sociallogin.connect(request, user)


def _lock() -> Any:
    from cryptography.fernet import Fernet, MultiFernet

    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    made = (hashlib.blake2b(key.encode(), digest_size=32, person=b"second factor").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])


def client_address(request: HttpRequest) -> str:
    """Where somebody signs in from, for whoever counts failures: the last proxy's word where there is one."""
    told = request.headers.get("x-forwarded-for", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return told.rsplit(",", 1)[-1].strip() or str(request.META.get("REMOTE_ADDR", ""))
