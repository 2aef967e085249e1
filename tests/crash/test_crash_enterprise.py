"""Loading an enterprise folder: killed at any moment, or two at once, every version is whole or not there."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.enterprise.folders import replace, small_folder

pytestmark = pytest.mark.crash


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A home of its own, with the tables made."""
    home = tmp_path / "home"
    home.mkdir()
    found = {**os.environ, "WATTLOOP_HOME": str(home), "WATTLOOP_PLAIN_HTTP": "1"}
    found.pop("DATABASE_URL", None)
    subprocess.run([*wattloop(), "migrate", "-v0"], env=found, check=True)
    return found


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    """Folders without end, each another."""

    def make() -> Iterator[Path]:
        number = 0
        while True:
            number += 1
            folder = small_folder(tmp_path / f"folder-{number}")
            replace(folder / "units.yaml", "Riverside station", f"Riverside station {number}")
            yield folder

    return make()


def wattloop() -> list[str]:
    return [sys.executable, "-m", "wattloop"]


def started(folder: Path, surroundings: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*wattloop(), "enterprise", "load", str(folder)], env=surroundings, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def versions(surroundings: dict[str, str]) -> list[int]:
    """The versions that count; each has its files and its name in the database."""
    home = Path(surroundings["WATTLOOP_HOME"])
    with sqlite3.connect(home / "wattloop.sqlite3") as database:
        numbers = [row[0] for row in database.execute("SELECT number FROM enterprise_folderversion ORDER BY number")]
        names = [row[0] for row in database.execute("SELECT name_en FROM enterprise_unit WHERE code = 'riverside'")]
        entries = database.execute("SELECT count(*) FROM records_auditentry WHERE action LIKE 'enterprise%'").fetchone()
    for number in numbers:
        assert (home / "enterprise" / str(number) / "units.yaml").is_file()
    assert numbers == list(range(1, len(numbers) + 1))
    assert entries[0] == len(numbers)
    if numbers:
        kept = (home / "enterprise" / str(numbers[-1]) / "units.yaml").read_text(encoding="utf-8")
        assert f"en: {names[0]}," in kept
    return numbers


def test_a_loading_killed_anywhere_left_a_whole_version_or_none(
    surroundings: dict[str, str], folders: Iterator[Path]
) -> None:
    begun = time.monotonic()
    assert started(next(folders), surroundings).wait() == 0
    whole = time.monotonic() - begun
    drawn = random.Random(20261125)
    for _ in range(5):
        before = versions(surroundings)
        process = started(next(folders), surroundings)
        time.sleep(whole * drawn.uniform(0.3, 1.05))
        process.kill()
        process.wait()
        assert versions(surroundings) in (before, [*before, len(before) + 1])
    assert started(next(folders), surroundings).wait() == 0
    versions(surroundings)


def test_two_who_load_at_once_make_two_versions(surroundings: dict[str, str], folders: Iterator[Path]) -> None:
    both = [started(next(folders), surroundings) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert versions(surroundings) == [1, 2]


def test_two_who_take_numbers_at_once_never_take_the_same(
    surroundings: dict[str, str], folders: Iterator[Path]
) -> None:
    assert started(next(folders), surroundings).wait() == 0
    program = (
        "import datetime as dt\n"
        "from wattloop.apps.enterprise.services import take_numbers\n"
        "for _ in range(100): print(*take_numbers('bill', 10, on=dt.date(2026, 11, 25)), sep='\\n')"
    )
    both = [
        subprocess.Popen(
            [*wattloop(), "shell", "-v0", "-c", program], env=surroundings, text=True, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    taken = [line for process in both for line in process.communicate()[0].split()]
    assert len(taken) == len(set(taken)) == 2000
