"""What every page has about it: whose language and zone, and what a refusal becomes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from wattloop.apps.enterprise.gate import NotAllowed

Answer = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("wattloop.refused")


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
            raise Http404 from error


class Language:
    """Pages in the language somebody chose; else in what their browser asks for (Django's own middleware)."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in that language."""
        chosen = request.user.language if request.user.is_authenticated else ""
        if not chosen:
            return self.answer(request)
        request.LANGUAGE_CODE = chosen
        with translation.override(chosen):
            response = self.answer(request)
            response.headers["Content-Language"] = chosen
        return response
