"""Addresses of signing in: those of allauth that staff need, under its names."""

from __future__ import annotations

from allauth.account import views as account
from django.conf import settings
from django.urls import include, path

from wattloop.faces.web.sign_in import views

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    # allauth's page of signing in names it; the adapter keeps it closed.
    path("signup/", account.signup, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
]
if settings.SOCIALACCOUNT_PROVIDERS:
    urlpatterns += [
        path("3rdparty/", include("allauth.socialaccount.urls")),
        path("oidc/", include("allauth.socialaccount.providers.openid_connect.urls")),
    ]
