"""Every address of the console, with what it needs: the registry that tests of all pages walk.

An area writes its own in `tests/console/places_AREA.py`:

    PLACES = [
        Place("billing:runs", get="billing.run.view"),
        Place("billing:run", get="billing.run.view", args=lambda made: [made["run"].pk]),
        Place("billing:approve", post="billing.run.approve", args=lambda made: [made["run"].pk]),
        Place("customers:detail", get="customers.customer.view", args=lambda made: [made["cast"].customers["zhang"].pk],
              unit="east"),
    ]

    def prepare(cast):       # optional: what the addresses need besides the cast
        return {"run": BillRun.objects.create(...)}

    def grow(cast, made):    # optional: many more of what the lists show
        ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tests.cast import Cast

SIGNED_IN = ""
Made = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """An address.

    Args:
        name: with its namespace.
        get: the action that looking needs; `SIGNED_IN` for whoever has signed in; None where it cannot be got.
        post: the action that sending needs, where it can be sent to.
        args: what stands in the address, from what was prepared.
        unit: the unit that the thing belongs to (`east`, `west`, `company`, `east_team`); others see 404.
        query: what stands behind the question mark.
        data: what is sent; by whoever may, it must not end in 404 or worse.
        page: whether it answers with a whole page in HTML (a fragment, a file or JSON does not).
        queries: how many questions to the database it may ask at most, however many customers there are.
        open: whether it asks for no session at all (it knows its callers otherwise).
        shown: False where what it answers with takes more than is prepared here (a rated run, a stored
            file): that it is not there for others is tested all the same, that it opens in the area's own tests.
    """

    name: str
    get: str | None = None
    post: str | None = None
    args: Callable[[Made], list[Any]] = field(default=lambda _made: [])
    unit: str = ""
    query: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    page: bool = True
    queries: int = 20
    open: bool = False
    shown: bool = True

    def url(self, made: Made) -> str:
        """The address."""
        return reverse(self.name, args=self.args(made)) + (f"?{self.query}" if self.query else "")

    def __str__(self) -> str:
        return f"{self.name}{'-' + self.query if self.query else ''}"


@cache
def areas() -> list[Any]:
    """The modules in which areas name their addresses."""
    return [import_module(f"tests.console.{path.stem}") for path in sorted(Path(__file__).parent.glob("places_*.py"))]


def places() -> list[Place]:
    """All of them."""
    return [place for area in areas() for place in area.PLACES]


def pages() -> list[Place]:
    """Those that a reader opens."""
    return [place for place in places() if place.get is not None and place.page and place.shown and not place.open]


def prepare(cast: Cast) -> Made:
    """What the addresses need."""
    made: Made = {"cast": cast}
    for area in areas():
        if hasattr(area, "prepare"):
            made |= area.prepare(cast)
    return made


def grow(cast: Cast, made: Made) -> None:
    """Many more of everything that lists show."""
    for area in areas():
        if hasattr(area, "grow"):
            area.grow(cast, made)


def named_addresses() -> list[str]:
    """Every name in the house, but those of signing in, which its own tests hold."""
    return sorted(_names(get_resolver().url_patterns, ""))


def _names(patterns: list[Any], inside: str) -> list[str]:
    found: list[str] = []
    for one in patterns:
        if isinstance(one, URLResolver):
            if str(one.pattern) == "accounts/":
                continue
            space = f"{inside}{one.namespace}:" if one.namespace else inside
            found += _names(one.url_patterns, space)
        elif isinstance(one, URLPattern):
            found.append(f"{inside}{one.name}" if one.name else f"{inside}without a name: {one.pattern}")
    return found
