"""What tests of the platform share: the cast, somebody signed in, a home folder, a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.sqlite3.base import DatabaseOperations
from django.test import Client

from tests.cast import Cast, make_cast
from wattloop.apps.records import append_only

_flushing = DatabaseOperations.sql_flush


def _sql_flush(self: Any, *args: Any, **kwargs: Any) -> list[str]:
    """A test that commits empties the tables after it; on SQLite that deletes, which the audit's triggers refuse."""
    return [*append_only.drop("sqlite"), *_flushing(self, *args, **kwargs), *append_only.create("sqlite")]


DatabaseOperations.sql_flush = _sql_flush  # type: ignore[method-assign]


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
