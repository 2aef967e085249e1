"""What the frame of a console's page needs: where its reader may go, and how they like it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from wattloop.apps.enterprise import gate
from wattloop.faces.console.navigation import GROUPS


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of every page (settings name it as a context processor)."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": "auto", "navigation": ()}
    own = (("enterprise:me", _("You")), ("mfa_index", _("Signing in")))
    links = [{"url": address(name), "label": label} for name, label in own]
    found: dict[str, Any] = {"theme": user.theme, "navigation": _Navigation(request), "user_links": links}
    search = address("customers:search")
    if gate.may(user, "customers.customer.view"):
        found |= {"search_url": search, "search_text": request.GET.get("q", "") if request.path == search else ""}
    return found


class _Navigation:
    """Groups of places, found when a page draws them: a fragment asks for none."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __iter__(self) -> Iterator[dict[str, Any]]:
        match = self.request.resolver_match
        here = match.view_name if match else ""
        for group in GROUPS:
            places = [
                {"label": item.label, "url": address(item.url), "current": item.url == here}
                for item in group.items
                if gate.may(self.request.user, item.action)
            ]
            if places:
                yield {"label": group.label, "icon": group.icon, "places": places}


def address(name: str, *args: Any) -> str:
    """The address of a named place."""
    return str(reverse(name, args=args))
