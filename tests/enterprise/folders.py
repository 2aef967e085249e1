"""Small enterprise folders to spoil: the example's, with one tariff, and a section of the tests' own."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from wattloop.apps.enterprise.folder.checking import check_folder
from wattloop.example import ENTERPRISE

TODAY = dt.date(2026, 11, 25)
OFFERS = "offers:\n  residential-yearly: {class: residential, voltage: <1kV, from: 2025-01-01}\n"


class Warmth(BaseModel):
    """A section as another room would declare it."""

    model_config = ConfigDict(extra="forbid")

    valid_from: dt.date
    degrees: int
    notice: str = "bill-issued"

    def findings(self, folder):
        if self.notice not in folder.notices:
            yield ("notice",), f"There is no notice `{self.notice}`.", "Write one."


class Plain(BaseModel):
    """A section without dates, which need not be there."""

    model_config = ConfigDict(extra="forbid")

    degrees: int = 20


def small_folder(path: Path) -> Path:
    """The example's folder with one tariff, quick to read."""
    shutil.copytree(ENTERPRISE, path, ignore=shutil.ignore_patterns("tariffs", "prices", "triggers"))
    (path / "tariffs").mkdir()
    shutil.copy(ENTERPRISE / "tariffs" / "residential-yearly.yaml", path / "tariffs")
    (path / "offers.yaml").write_text(OFFERS, encoding="utf-8")
    return path


def replace(path: Path, old: str, new: str) -> None:
    """Change a text of a file that is there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def said(path: Path, today: dt.date = TODAY, *, warnings: bool = False) -> list[str]:
    """What is wrong with a folder, a line each."""
    return [str(one) for one in check_folder(path, today).problems if warnings or not one.warning]
