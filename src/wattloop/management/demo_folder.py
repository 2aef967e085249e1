"""The demo's folder: what may be cleared away, and what a run before this one left that still holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from wattloop.library.quantity.refusal import Refused

MARK = ".wattloop-demo"


class Folder:
    """Everything a demo makes and leaves: readings, accounts, faults, tariffs, lake, lines.

    Args:
        path: made anew unless `keeps` says otherwise.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.readings, self.accounts = path / "readings.parquet", path / "accounts.csv"
        self.reactive, self.registers = path / "reactive.parquet", path / "registers.csv"
        self.agreements, self.faults, self.tariffs = path / "agreements", path / "faults.csv", path / "tariffs"
        self.lake, self.booked, self.late = path / "lake", path / "booked", path / "late.parquet"
        self._mark = path / MARK

    def refuse_unless_ours(self) -> None:
        """Refuse a folder that holds something, and no demo's.

        Raises:
            Refused: naming it.
        """
        if self.path.is_file():
            raise Refused(f"{self.path} is a file", "Name a folder.", field="--out")
        if self.path.exists() and any(self.path.iterdir()) and not self._mark.exists():
            raise Refused(f"{self.path} is not empty and no demo's", "Name another folder.", field="--out")

    def holds(self, file: Path) -> bool:
        """Whether a file lies in this folder and would be cleared away with it."""
        return file.resolve().is_relative_to(self.path.resolve())

    def kept(self, wanted: dict[str, Any]) -> dict[str, Any] | None:
        """What a run before this noted, where it wanted the same, of the same program, and came to its end."""
        try:
            noted: dict[str, Any] = json.loads(self._mark.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        whole = self.lake.is_dir() and self.readings.is_file() and self.accounts.is_file()
        return noted if whole and noted.get("wanted") == {**wanted, "program": _program()} else None

    def clear(self) -> None:
        """An empty folder."""
        self.refuse_unless_ours()
        self.remove()
        self.path.mkdir(parents=True)
        self._mark.touch()

    def remove(self) -> None:
        """No folder."""
        if self.path.exists():
            shutil.rmtree(self.path)

    def note(self, wanted: dict[str, Any], **found: Any) -> None:
        """Note what was wanted and is now there."""
        text = json.dumps({"wanted": {**wanted, "program": _program()}, **found}, indent=1)
        self._mark.write_text(text, encoding="utf-8")

    def unbook(self) -> None:
        """Let go of the bills that a run before this one booked."""
        shutil.rmtree(self.booked, ignore_errors=True)

    def copy_enterprise(self, enterprise: Path) -> list[Path]:
        """The tariffs of an enterprise, with their lists of prices and days, to read and to change; the tariffs."""
        for name in ("tariffs", "prices", "triggers"):
            shutil.rmtree(self.path / name, ignore_errors=True)
            shutil.copytree(enterprise / name, self.path / name)
        return sorted(self.tariffs.glob("*.yaml"))

    def stand_in(self, tariff: Path, zone: str | None) -> Path:
        """A tariff of the example's that prices somebody's own readings: of any year, on a clock of their own.

        Args:
            tariff: its file.
            zone: that clock's, where it is told.
        """
        text = re.sub(rb"(?m)^valid_from:.*$", b"valid_from: always", tariff.read_bytes())
        if zone:
            text = re.sub(rb"(?m)^(  zone:) .*$", rb"\1 " + zone.encode(), text)
        self.tariffs.mkdir()
        made = self.tariffs / tariff.name
        made.write_bytes(text)
        return made


def _program() -> str:
    """A digest of the program's own files: another program may make another county, or take it in otherwise."""
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def county_wanted(accounts: int, first: dt.date, last: dt.date, seed: int) -> dict[str, Any]:
    """What tells one county from another."""
    return {"accounts": accounts, "first": first.isoformat(), "last": last.isoformat(), "seed": seed}
