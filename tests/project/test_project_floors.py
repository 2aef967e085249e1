"""The house stands as its plan says: floors, rooms, names, sizes."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for path in (ROOT / "src" / "wattloop").rglob("*.py")
    if path.parent.name != "migrations"  # Django writes those
)


def test_a_room_imports_only_from_rooms_below_it() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    assert linter.exists(), "import-linter is not installed: make setup"
    said = subprocess.run([linter, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_ground_floor_can_be_used_where_there_is_no_django() -> None:
    program = (
        "import sys; sys.modules['django'] = None\n"
        "from wattloop.library import rating, readings, tariffs\n"
        "print(rating.rate, readings.day_rows, tariffs.load)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


@pytest.mark.parametrize(
    ("room", "name"),
    [
        ("readings", "day_rows"), ("readings", "open_lake"), ("readings", "import_file"),
        ("tariffs", "load"), ("tariffs", "from_urdb"), ("rating", "rate"),
    ],
)  # fmt: skip
def test_the_names_promised_to_users_are_there_and_documented(room: str, name: str) -> None:
    promised = getattr(importlib.import_module(f"wattloop.library.{room}"), name)
    assert promised.__doc__
    assert f"{room}.{name}(" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_file_says_why_it_exists_and_is_small() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCES}
    silent = [str(path) for path, text in texts.items() if text and not text.startswith('"""')]
    long = [str(path) for path, text in texts.items() if text.count("\n") > 400]
    assert (silent, long) == ([], [])


def test_only_the_clock_asks_the_system_for_the_time() -> None:
    asking = ("datetime.now(", "datetime.utcnow(", "date.today(", "time.time(")
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in SOURCES
        if path.parts[-2:] != ("quantity", "clock.py")
        for word in asking
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []
