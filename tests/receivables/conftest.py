"""The books stand on a day of their own, under rules of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cast import Cast
from tests.receivables.money import with_rules

from wattloop.library.quantity import clock


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(dt.datetime(2026, 11, 25, 4, 0, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def books(cast: Cast, home: Path) -> Cast:
    """The cast, with numbers of receipts and the room's own rules in force."""
    with_rules(home)
    return cast
