"""Addresses of tariffs."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.console.tariffs import proposals, trying, views

app_name = "tariffs"

urlpatterns = [
    path("", views.tariffs, name="list"),
    path("proposals/<int:pk>/", proposals.proposal, name="proposal"),
    path("proposals/<int:pk>/decide/", proposals.decide, name="decide"),
    path("<slug:tariff>/", views.detail, name="detail"),
    path("<slug:tariff>/file/", views.file, name="file"),
    path("<slug:tariff>/try/", trying.page, name="try"),
    path("<slug:tariff>/try/answer/", trying.answer, name="answer"),
    path("<slug:tariff>/try/sums/", trying.sums, name="sums"),
    path("<slug:tariff>/try/summing/", trying.summing, name="summing"),
    path("<slug:tariff>/try/exact/", trying.exact, name="exact"),
    path("<slug:tariff>/try/exact/<uuid:job>/", trying.exact_found, name="exact_found"),
    path("<slug:tariff>/try/draft/", trying.draft, name="draft"),
]
