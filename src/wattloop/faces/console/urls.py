"""The console's addresses, an area each."""

from __future__ import annotations

from django.urls import include, path

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

urlpatterns = [path(prefix, include(f"wattloop.faces.console.{area}.urls")) for prefix, area in AREAS.items()]
