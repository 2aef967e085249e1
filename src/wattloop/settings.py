"""Settings of the one Django project. Nothing is served and nothing is stored yet: it only runs commands."""

from __future__ import annotations

import os
import secrets

DEBUG = os.environ.get("WATTLOOP_DEBUG") == "1"
# Only a developer's process may make up its own key. Elsewhere none is set, so `wattloop check --deploy`
# asks for one, and whatever would sign with it stops instead of signing with a key that every restart forgets.
SECRET_KEY = os.environ.get("WATTLOOP_SECRET_KEY", secrets.token_urlsafe(50) if DEBUG else "")
ALLOWED_HOSTS = os.environ.get("WATTLOOP_HOSTS", "").split()
INSTALLED_APPS = ["wattloop"]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
