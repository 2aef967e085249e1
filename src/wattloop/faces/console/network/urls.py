"""Addresses of the area."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.console.network import views

app_name = "network"
urlpatterns = [
    path("areas", views.areas, name="areas"),
    path("areas/new", views.change_area, name="area_new"),
    path("areas/<int:pk>/", views.area, name="area"),
    path("areas/<int:pk>/change", views.change_area, name="area_change"),
    path("feeders", views.feeders, name="feeders"),
    path("feeders/new", views.change_feeder, name="feeder_new"),
    path("feeders/<int:pk>/", views.feeder, name="feeder"),
    path("feeders/<int:pk>/change", views.change_feeder, name="feeder_change"),
    path("second-supply", views.second_supply, name="second_supply"),
    path("agreements/<int:pk>/supply", views.supply, name="supply"),
]
