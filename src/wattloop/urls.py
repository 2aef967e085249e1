"""Every address of the house: each face under its own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("wattloop.faces.web.sign_in.urls")),
    path("web/", include("wattloop.faces.web.urls")),
    path("", include("wattloop.faces.console.urls")),
]
