"""Addresses of the first page and of what faces share."""

from __future__ import annotations

from tests.console.places import SIGNED_IN, Place

PLACES = [
    Place("home", get=SIGNED_IN, queries=25),
    Place("web:choose", post=SIGNED_IN, data={"theme": "dark"}),
    Place("favicon", open=True, page=False),
    Place("web:gallery", get=SIGNED_IN),
]
