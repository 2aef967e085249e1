"""What the room's tests share: a small folder, its loading, sections of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.enterprise.folders import small_folder

from wattloop.apps.enterprise import services
from wattloop.apps.enterprise.folder import sections
from wattloop.apps.records.actors import System

LOADER = System("loader")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder in order."""
    return small_folder(tmp_path / "folder")


@pytest.fixture
def loaded(db: None, home: Path, folder: Path) -> services.Loaded:
    """That folder, loaded."""
    return services.load_folder(folder, by=LOADER)


@pytest.fixture
def warmth() -> Iterator[None]:
    """Another room's sections: one dated, one that need not be there."""
    sections.declare("tests.warmth", file="tests/warmth.yaml", schema="tests.enterprise.folders:Warmth")
    sections.declare("tests.plain", file="tests/plain.yaml", schema="tests.enterprise.folders:Plain")
    yield
    sections.forget("tests.warmth")
    sections.forget("tests.plain")
