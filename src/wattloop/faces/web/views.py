"""What somebody chooses for themselves, and the gallery of parts."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from wattloop.apps.enterprise.models import User


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the language or the colours that somebody wants, and go back to where they were."""
    user = request.user
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if language in dict(settings.LANGUAGES):
        user.language = language
    if theme in User.Theme.values:
        user.theme = theme
    user.save(update_fields=["language", "theme"])
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe else "/")


@login_required
def gallery(request: HttpRequest) -> HttpResponse:
    """Every part that pages are made of; only where WATTLOOP_DEBUG is on."""
    if not settings.GALLERY:
        raise Http404
    from wattloop.faces.web import samples

    return samples.page(request)
