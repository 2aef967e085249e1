"""The books stand on a day of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from wattloop.library.quantity import clock


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(dt.datetime(2026, 11, 25, 4, 0, tzinfo=dt.UTC)):
        yield
