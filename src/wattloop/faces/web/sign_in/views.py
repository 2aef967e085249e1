"""What differs from allauth's own views."""

from __future__ import annotations

from allauth.account import views as account
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse


@login_required
def password_change(request: HttpRequest) -> HttpResponse:
    """A new password, for whoever has one: who comes through a provider has none here."""
    if not request.user.has_usable_password():
        raise Http404
    response: HttpResponse = account.password_change(request)
    return response
