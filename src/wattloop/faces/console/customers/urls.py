"""Addresses of the area."""

from __future__ import annotations

from django.urls import path

from wattloop.faces.console.customers import agreements, curves, forms_views, importing, prospects, views

app_name = "customers"
urlpatterns = [
    path("", views.customers, name="list"),
    path("search", views.search, name="search"),
    path("key-accounts", views.key_accounts, name="key_accounts"),
    path("new", forms_views.register, name="register"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/overview", views.overview, name="overview"),
    path("<int:pk>/contacts", views.contacts, name="contacts"),
    path("<int:pk>/change", forms_views.change, name="change"),
    path("<int:pk>/contacts/new", forms_views.contact, name="contact_new"),
    path("<int:pk>/contacts/<int:contact>", forms_views.contact, name="contact"),
    path("<int:pk>/agreements/new", forms_views.open_agreement, name="agreement_new"),
    path("agreements/<int:pk>/", agreements.agreement, name="agreement"),
    path("agreements/<int:pk>/terms", agreements.terms, name="terms"),
    path("agreements/<int:pk>/points", agreements.points, name="points"),
    path("agreements/<int:pk>/supplies", agreements.supplies, name="supplies"),
    path("agreements/<int:pk>/what-if", agreements.what_if, name="what_if"),
    path("agreements/<int:pk>/load", curves.load, name="load"),
    path("agreements/<int:pk>/load/day.json", curves.day_data, name="load_day"),
    path("agreements/<int:pk>/load/month.json", curves.month_data, name="load_month"),
    path("agreements/<int:pk>/new-terms", forms_views.new_terms, name="new_terms"),
    path("versions/<int:pk>/correct", forms_views.correct_terms, name="correct_terms"),
    path("agreements/<int:pk>/transfer", forms_views.transfer, name="transfer"),
    path("agreements/<int:pk>/close", forms_views.close, name="close"),
    path("agreements/<int:pk>/point", forms_views.add_point, name="point_new"),
    path("agreements/<int:pk>/transformer", forms_views.transformer, name="transformer"),
    path("points/<int:pk>/end", forms_views.end_point, name="point_end"),
    path("import", importing.imports, name="import"),
    path("import/<int:pk>/", importing.one, name="import_one"),
    path("import/<int:pk>/state", importing.state, name="import_state"),
    path("import/<int:pk>/refused.csv", importing.refused, name="import_refused"),
    path("export", importing.export_table, name="export"),
    path("prospects", prospects.prospects, name="prospects"),
    path("prospects/new", prospects.register, name="prospect_new"),
    path("prospects/<int:pk>/", prospects.change, name="prospect"),
]
