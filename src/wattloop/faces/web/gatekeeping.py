"""How a view says who may see it: signed in, and granted an action for any unit at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from wattloop.apps.enterprise import gate

View = Callable[..., HttpResponse]


def needs(action: str) -> Callable[[View], View]:
    """Let only those in who may do an action for some unit; the view narrows rows by `gate.visible`.

    Whoever is not signed in is sent to sign in; whoever may not gets 404.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            gate.require(request.user, action)
            return view(request, *args, **kwargs)

        run.needs = action  # type: ignore[attr-defined]
        return run

    return wrap
