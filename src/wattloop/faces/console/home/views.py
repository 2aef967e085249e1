"""The first page of the console: what needs doing today."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wattloop.apps.enterprise import queries
from wattloop.faces.console.home.sections import sections


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What needs doing today, for whoever asks."""
    told = {"sections": sections(request.user), "today": queries.today(), "enterprise": queries.settings()}
    return render(request, "console/home/home.html", told)
