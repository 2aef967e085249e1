"""The README tells the truth: its example runs, its commands and links are there."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from wattloop.library.rating.lines import schema

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TARIFF = ROOT / "src/wattloop/example/enterprise/tariffs/commercial-single-part.yaml"


def test_the_example_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hours = (dt.datetime(2026, 10, 1) + dt.timedelta(hours=hour) for hour in range(31 * 24))
    text = "point,start,kwh\n" + "".join(f"P1,{hour:%Y-%m-%d %H:%M},0.35\n" for hour in hours)
    Path("readings.csv").write_text(text, encoding="utf-8")
    shutil.copy(TARIFF, "tariff.yaml")
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    held: dict[str, object] = {}
    exec(example, held)
    from_rows, from_lake = held["rating"].rate(held["rows"], held["tariff"], held["start"], held["end"]), held["lines"]  # type: ignore[attr-defined]
    assert from_lake.column_names == from_rows.column_names  # type: ignore[attr-defined]
    for name in ("kind", "quantity", "price", "amount"):
        assert from_lake[name].equals(from_rows[name])  # type: ignore[attr-defined]


def test_the_columns_it_names_are_those_of_the_lines() -> None:
    assert f"`{', '.join(schema().names)}`" in README


def test_every_command_it_names_is_there() -> None:
    from django.core.management import find_commands

    known = set(find_commands(str(ROOT / "src/wattloop/management")))
    assert set(re.findall(r"`wattloop (\w+)", README)) <= known
    assert known <= set(re.findall(r"wattloop (\w+)", README))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_page_and_folder_it_points_to_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    named = re.findall(r"`(src/[\w/]+)`", text)
    assert [target for target in linked + named if not (ROOT / target).exists()] == []
