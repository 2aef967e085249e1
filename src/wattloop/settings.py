"""Settings of the one Django project. What differs from place to place stands in the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from wattloop import environment

# An area of the console is a folder, not an application of Django: its templates and words are named here.
AREAS = sorted(path for path in (Path(__file__).parent / "faces" / "console").iterdir() if path.is_dir())
HOME = environment.home()
DEBUG = environment.truth("WATTLOOP_DEBUG")
# The page of all parts that pages are made of (web/gallery).
GALLERY = DEBUG
SECRET_KEY = environment.secret_key()
SECRET_KEY_FALLBACKS = environment.words("WATTLOOP_OLD_SECRET_KEYS")
ALLOWED_HOSTS = environment.words("WATTLOOP_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = environment.words("WATTLOOP_ORIGINS")
# Served by HTTPS, unless a laptop or a test says that it is not.
SECURE = not (DEBUG or environment.truth("WATTLOOP_PLAIN_HTTP"))

INSTALLED_APPS = [
    "wattloop",
    "wattloop.apps.records",
    "wattloop.apps.enterprise",
    "wattloop.apps.customers",
    "wattloop.apps.network",
    "wattloop.apps.metering",
    "wattloop.apps.receivables",
    "wattloop.apps.billing",
    "wattloop.faces.web",
    "wattloop.faces.console",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "wattloop.faces.web.sign_in.sessions.Timeouts",
    "wattloop.faces.web.middleware.Remembering",
    "wattloop.faces.web.middleware.Place",
    "allauth.account.middleware.AccountMiddleware",
    "wattloop.faces.web.sign_in.second_factor.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wattloop.faces.web.middleware.Refusals",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_USER_MODEL = "enterprise.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ROOT_URLCONF = "wattloop.urls"
WSGI_APPLICATION = "wattloop.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [area / "templates" for area in AREAS],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "wattloop.faces.console.frame.frame",
            ],
        },
    }
]
DATABASES = {"default": environment.database()}
FILTERS_EMPTY_CHOICE_LABEL = _("All")
DJANGO_TABLES2_TEMPLATE = "web/table.html"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [Path(__file__).parent / "locale", *(area / "locale" for area in AREAS)]

STATIC_URL = "static/"
# Served from where they lie, by WhiteNoise: nothing is collected.
STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": HOME / "files"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# A form of a whole page is small; files are judged where they are taken in.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 365 * 86_400 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.truth("WATTLOOP_BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_SELF = ["'self'"]
OIDC = environment.open_id()
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": _SELF,
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": _SELF,
        # A browser holds the redirect to the provider against the form that led to it.
        "form-action": [*_SELF, *([OIDC.origin] if OIDC else [])],
        "frame-ancestors": ["'none'"],
    }
}

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "wattloop.faces.web.sign_in.adapters.Accounts"
ACCOUNT_SESSION_REMEMBER = True
# Wrong passwords are counted by axes; the rest guards codes and the door as a whole.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "100/m/ip,20/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if SECURE_PROXY_SSL_HEADER else 0
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "wattloop.faces.web.sign_in.adapters.Secrets"
MFA_TOTP_ISSUER = "Wattloop"
SECOND_FACTOR = "optional" if environment.text("WATTLOOP_SECOND_FACTOR") == "optional" else "required"
# Seconds: without doing anything, and altogether.
SESSION_IDLE = 30 * 60
SESSION_AT_MOST = SESSION_COOKIE_AGE = 12 * 3600
SOCIALACCOUNT_ADAPTER = "wattloop.faces.web.sign_in.adapters.Provided"
SOCIALACCOUNT_PROVIDERS = OIDC.providers if OIDC else {}
OIDC_CLAIM = OIDC.claim if OIDC else ""
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "web/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_CLIENT_IP_CALLABLE = "wattloop.faces.web.sign_in.adapters.client_address"
AXES_DISABLE_ACCESS_LOG = True
SILENCED_SYSTEM_CHECKS: list[str] = []

TASKS = {"default": {"BACKEND": "wattloop.apps.records.jobs.backend.Backend", "QUEUES": []}}
