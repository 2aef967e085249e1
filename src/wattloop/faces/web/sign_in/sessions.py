"""Sessions end: half an hour after the last thing somebody did, and twelve hours after they signed in.

What a page does by itself (a list of jobs that keeps itself fresh) says so in a header and does not
count. The moment is kept to the minute, so that hardly a request writes the session.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from wattloop.library.quantity import clock

BEGAN, SEEN = "began", "seen"
UNASKED = "X-Unasked"
GRAIN = 60


class Timeouts:
    """Sign somebody out whose session is over."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or send to sign in again."""
        if not request.user.is_authenticated:
            return self.answer(request)
        now = int(clock.now().timestamp())
        began, seen = request.session.get(BEGAN), request.session.get(SEEN)
        if (
            began is None
            or seen is None
            or now - began > settings.SESSION_AT_MOST
            or now - seen > settings.SESSION_IDLE
        ):
            request.ending = "timeout"
            logout(request)
            messages.info(request, _("You were signed out because nothing was done for a while. Sign in again."))
            return sent_to(request, redirect_to_login(request.get_full_path() if request.method == "GET" else "/"))
        if now - seen >= GRAIN and UNASKED not in request.headers:
            request.session[SEEN] = now
        return self.answer(request)


def begin(request: HttpRequest) -> None:
    """Begin to count."""
    request.session[BEGAN] = request.session[SEEN] = int(clock.now().timestamp())


def sent_to(request: HttpRequest, redirect: HttpResponse) -> HttpResponse:
    """A redirect of the whole page, also where htmx asked for a part of it."""
    if "HX-Request" not in request.headers:
        return redirect
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = redirect.headers["Location"]
    return response
