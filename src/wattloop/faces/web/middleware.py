"""What every page has about it: whose language and zone, and what a refusal becomes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation

from wattloop.apps.enterprise import queries
from wattloop.apps.enterprise.gate import NotAllowed
from wattloop.apps.enterprise.remembering import remembering
from wattloop.apps.records.services import audit

Answer = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("wattloop.refused")


class Remembering:
    """A page that only reads asks once who the enterprise is and what its rules say."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, remembering where nothing is changed."""
        if request.method not in ("GET", "HEAD"):
            return self.answer(request)
        with remembering():
            return self.answer(request)


class Refusals:
    """Whoever may not gets 404, as for what is not there, and the log says who asked for what."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """Turn what the gate raised into a page not found."""
        if isinstance(error, NotAllowed):
            log.warning("%s: %s %s", error.what, request.method, request.path)
            if request.user.is_authenticated:
                note = f"{request.method} {request.path}: {error.what}"
                audit("enterprise.gate.refuse", by=request.user, note=note)
            raise Http404 from error


class Place:
    """Whose pages these are: in the language somebody chose, in the enterprise's zone, kept by no cache.

    Without a choice the language is what the browser asks for (Django's own middleware).
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer there."""
        if not request.user.is_authenticated:
            return self.answer(request)
        language = request.user.language or translation.get_language()
        with translation.override(language), timezone.override(ZoneInfo(queries.settings().zone)):
            response = self.answer(request)
        response.headers["Content-Language"] = language
        # Somebody else who goes back in this browser finds nothing.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
