"""What the environment tells the settings: where the home folder is, which database, which key."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEY_FILE = "secret-key"
DATABASE = "wattloop.sqlite3"


def home() -> Path:
    """The folder that holds what an enterprise owns: database, lake, runs, files. `WATTLOOP_HOME` names it."""
    return Path(os.environ.get("WATTLOOP_HOME") or "wattloop-home").absolute()


def make_home() -> None:
    """Make the home folder, unless it is there: SQLite makes its file, and no folder for it.

    Raises:
        OSError: where it may not be made.
    """
    home().mkdir(parents=True, exist_ok=True)


def truth(name: str) -> bool:
    """Whether a variable says yes: 1, true, yes or on."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def words(name: str) -> list[str]:
    """A variable's words, with spaces or commas between."""
    return os.environ.get(name, "").replace(",", " ").split()


def text(name: str) -> str:
    """A variable's text, without spaces about it."""
    return os.environ.get(name, "").strip()


def secret(name: str) -> str:
    """A variable's text, or that of the file which `NAME_FILE` names: a secret need not stand in the environment."""
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get(name, "")


def secret_key() -> str:
    """The key that signs sessions: told, or kept in the home folder by `make_secret_key`.

    A command in a home that has no key yet gets one that ends with its process: what it signs nobody
    reads. Where such a key is meant to serve, `wattloop check --deploy` says so, by how it begins.
    """
    told = secret("WATTLOOP_SECRET_KEY")
    if told:
        return told
    file = home() / KEY_FILE
    if file.is_file():
        return file.read_text(encoding="utf-8").strip()
    return ("" if truth("WATTLOOP_DEBUG") else "django-insecure-") + secrets.token_urlsafe(50)


def make_secret_key() -> None:
    """Keep a new key in the home folder, readable by its owner alone, unless there is one or one is told."""
    file = home() / KEY_FILE
    if secret("WATTLOOP_SECRET_KEY") or file.exists():
        return
    make_home()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(secrets.token_urlsafe(50))


def database() -> dict[str, Any]:
    """Django's settings of the one database: `DATABASE_URL` for PostgreSQL, else SQLite in the home folder.

    SQLite writes ahead and begins its transactions as writers, so that two of them wait for
    each other instead of failing when one would turn from reader to writer.

    Raises:
        ValueError: for a `DATABASE_URL` that is not PostgreSQL's.
    """
    url = secret("DATABASE_URL")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home() / DATABASE,
            "TEST": {"NAME": home() / f"test-{DATABASE}"},  # in a file: threads of one test share no memory
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL begins with {parts.scheme}://; write postgresql://USER:PASSWORD@HOST:PORT/NAME")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


@dataclass(frozen=True, slots=True)
class OpenID:
    """A provider through which staff may sign in.

    Args:
        origin: scheme and host of its pages.
        providers: allauth's settings.
        claim: what of its answer is our user's name.
    """

    origin: str
    providers: dict[str, Any]
    claim: str


def open_id() -> OpenID | None:
    """The OpenID Connect provider, where `WATTLOOP_OIDC_URL` names one.

    `WATTLOOP_OIDC_CLIENT` and `WATTLOOP_OIDC_SECRET` are what it knows us by, `WATTLOOP_OIDC_NAME`
    is what the button says, `WATTLOOP_OIDC_CLAIM` which claim is the user's name
    (preferred_username): one that nobody can choose for themselves.

    Raises:
        ValueError: for an address that is not https (http to this machine alone), or no client.
    """
    url = text("WATTLOOP_OIDC_URL")
    if not url:
        return None
    parts, client = urlsplit(url), text("WATTLOOP_OIDC_CLIENT")
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1"}:
        raise ValueError(f"WATTLOOP_OIDC_URL begins with {parts.scheme}://; write https://")
    if not client:
        raise ValueError(
            "WATTLOOP_OIDC_URL is told, WATTLOOP_OIDC_CLIENT is not; tell the name the provider knows us by"
        )
    app = {
        "provider_id": "main", "name": text("WATTLOOP_OIDC_NAME") or parts.hostname, "client_id": client,
        "secret": secret("WATTLOOP_OIDC_SECRET"), "settings": {"server_url": url, "oauth_pkce_enabled": True},
    }  # fmt: skip
    claim = text("WATTLOOP_OIDC_CLAIM") or "preferred_username"
    return OpenID(f"{parts.scheme}://{parts.netloc}", {"openid_connect": {"APPS": [app]}}, claim)
