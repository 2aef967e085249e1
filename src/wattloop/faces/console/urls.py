"""The console's addresses, an area each."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

_PACKAGE = "wattloop.faces.console"
AREAS = {
    "": "home",
    "customers/": "customers",
    "network/": "network",
    "readings/": "metering",
    "billing/": "billing",
    "payments/": "receivables",
    "tariffs/": "tariffs",
    "enterprise/": "enterprise",
    "records/": "records",
}

urlpatterns = [
    path(prefix, include(f"{_PACKAGE}.{area}.urls"))
    for prefix, area in AREAS.items()
    if find_spec(f"{_PACKAGE}.{area}") and find_spec(f"{_PACKAGE}.{area}.urls")
]
