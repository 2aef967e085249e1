"""What tests of the platform share: the cast, somebody signed in, a home folder, a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.postgresql import base as postgresql
from django.db.backends.sqlite3 import base as sqlite
from django.test import Client

from tests.cast import Cast, make_cast

_sqlite_flush, _postgresql_flush = sqlite.DatabaseOperations.sql_flush, postgresql.DatabaseOperations.sql_flush


def _flush_sqlite(self: Any, *args: Any, **kwargs: Any) -> list[str]:
    """A test that commits empties the tables after it; triggers that keep what was written stand aside for that."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        held = cursor.fetchall()
    drop = [f'DROP TRIGGER "{name}"' for name, _ in held]
    return [*drop, *_sqlite_flush(self, *args, **kwargs), *(made for _, made in held)]


def _flush_postgresql(self: Any, *args: Any, **kwargs: Any) -> list[str]:
    flush = _postgresql_flush(self, *args, **{**kwargs, "allow_cascade": True})
    return ["SET session_replication_role = replica", *flush, "SET session_replication_role = DEFAULT"]


sqlite.DatabaseOperations.sql_flush = _flush_sqlite  # type: ignore[method-assign]
postgresql.DatabaseOperations.sql_flush = _flush_postgresql  # type: ignore[method-assign]


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, in the database."""
    return make_cast()


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    """A home folder of this test's own."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return settings.HOME


@pytest.fixture
def signed_in(cast: Cast) -> Callable[[str], Client]:
    """A browser in which a role of the cast has signed in: `signed_in("clerk-west")`."""

    def enter(role: str) -> Client:
        client = Client()
        client.force_login(cast.users[role], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter
