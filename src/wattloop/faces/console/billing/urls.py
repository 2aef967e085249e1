"""The area's addresses."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.console.billing.views import bills, exceptions, runs, shocks

app_name = "billing"
urlpatterns = [
    path("", runs.runs, name="runs"),
    path("plan", runs.plan, name="plan"),
    path("runs/<int:pk>", runs.run, name="run"),
    path("runs/<int:pk>/progress", runs.progress, name="progress"),
    path("runs/<int:pk>/do", runs.act, name="act"),
    path("runs/<int:pk>/bills", runs.bills, name="bills"),
    path("runs/<int:pk>/shocks", shocks.shocks, name="shocks"),
    path("exceptions", exceptions.exceptions, name="exceptions"),
    path("exceptions/<int:pk>", exceptions.exception, name="exception"),
    path("bills/<int:pk>", bills.bill, name="bill"),
    path("bills/<int:pk>/explained", bills.explained, name="explained"),
    path("bills/<int:pk>/file", bills.file, name="file"),
    path("agreements/<int:pk>", bills.agreement_bills, name="agreement_bills"),
]
