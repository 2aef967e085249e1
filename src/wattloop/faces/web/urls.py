"""What all faces answer alike."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from wattloop.faces.web import views

app_name = "web"
urlpatterns = [path("choose", views.choose, name="choose")]
if settings.DEBUG:
    urlpatterns.append(path("gallery", views.gallery, name="gallery"))
