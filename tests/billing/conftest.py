"""What tests of billing share: a county's files made once, and the county in the database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests import billing_county

from wattloop.library.rating.agreements.model import Agreements

FIRST, LAST = dt.date(2026, 8, 1), dt.date(2026, 10, 31)
ACCOUNTS = 120


@pytest.fixture(scope="session")
def county_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of a small county; not to be changed."""
    folder = tmp_path_factory.mktemp("county")
    billing_county.make_files(folder, ACCOUNTS, FIRST, LAST)
    return folder


@pytest.fixture
def county(db: None, home: Path, county_files: Path) -> Agreements:
    """It in the database and the lake of a home of the test's own; its agreements as the library reads them."""
    return billing_county.take(county_files, home)
