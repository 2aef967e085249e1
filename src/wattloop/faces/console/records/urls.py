"""The addresses of the area."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.console.records import audit_views, job_views

app_name = "records"
urlpatterns = [
    path("jobs", job_views.jobs, name="jobs"),
    path("jobs/now", job_views.now, name="now"),
    path("jobs/<uuid:pk>", job_views.job, name="job"),
    path("jobs/<uuid:pk>/state", job_views.state, name="state"),
    path("jobs/<uuid:pk>/cancel", job_views.cancel, name="cancel"),
    path("jobs/<uuid:pk>/retry", job_views.retry, name="retry"),
    path("audit", audit_views.audit, name="audit"),
    path("audit/verify", audit_views.verify, name="verify"),
    path("audit/<int:pk>", audit_views.entry, name="entry"),
    path("history/<str:kind>/<str:pk>", audit_views.history, name="history"),
    path("files/<int:pk>", audit_views.file, name="file"),
]
