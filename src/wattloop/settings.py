"""Settings of the one Django project; so far it only runs commands, so there is little to set."""

from __future__ import annotations

import os
import secrets

DEBUG = os.environ.get("WATTLOOP_DEBUG") == "1"
# Nothing is signed yet; once something is, a deployment sets its own key and this one never leaves the process.
SECRET_KEY = os.environ.get("WATTLOOP_SECRET_KEY") or secrets.token_urlsafe(50)
ALLOWED_HOSTS: list[str] = []
INSTALLED_APPS = ["wattloop"]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []
