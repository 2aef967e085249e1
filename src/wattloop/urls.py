"""Every address of the house: each face under its own."""

from __future__ import annotations

from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("accounts/", include("wattloop.faces.web.sign_in.urls")),
    path("web/", include("wattloop.faces.web.urls")),
    # Asked for by browsers where a page names none: a fragment or a file that is opened by itself.
    path("favicon.ico", RedirectView.as_view(url=static("web/mark.svg"), permanent=True), name="favicon"),
    path("", include("wattloop.faces.console.urls")),
]
