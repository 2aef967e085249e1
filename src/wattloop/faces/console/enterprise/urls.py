"""Addresses of the enterprise's area."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.console.enterprise.views import folder, people, units

app_name = "enterprise"
urlpatterns = [
    path("", folder.overview, name="overview"),
    path("readiness", folder.ready, name="readiness"),
    path("compare", folder.compare, name="compare"),
    path("upload", folder.upload, name="upload"),
    path("upload/<str:token>", folder.staged, name="staged"),
    path("versions/<int:number>.zip", folder.download, name="download"),
    path("units", units.units, name="units"),
    path("units/<str:code>", units.unit, name="unit"),
    path("users", people.users, name="users"),
    path("users/<int:pk>", people.user, name="user"),
    path("roles", people.roles, name="roles"),
    path("me", people.me, name="me"),
]
