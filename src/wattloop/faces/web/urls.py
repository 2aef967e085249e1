"""What all faces answer alike."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.web import views

app_name = "web"
urlpatterns = [path("choose", views.choose, name="choose"), path("gallery", views.gallery, name="gallery")]
