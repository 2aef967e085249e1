"""Addresses of the area."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.console.metering import meters, sources, views

app_name = "metering"
urlpatterns = [
    path("", views.readings, name="readings"),
    path("sources", sources.sources, name="sources"),
    path("sources/new", sources.change, name="source_new"),
    path("sources/<int:pk>/", sources.change, name="source"),
    path("files", sources.files, name="files"),
    path("files/give", sources.give, name="give"),
    path("files/<int:pk>/", sources.file, name="file"),
    path("meters/<int:pk>/", meters.meter, name="meter"),
    path("points/<int:pk>/exchange", meters.exchange, name="exchange"),
]
