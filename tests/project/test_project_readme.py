"""The README tells the truth: its example runs, its commands and links are there."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wattloop.example.classes import CLASSES
from wattloop.example.works import COMMERCE
from wattloop.library.quantity.calendars import business_calendar
from wattloop.library.rating.charges.lines import schema

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SWISS = ROOT / "../shared/data/swiss_537hh_15min_2018.parquet"
TARIFF = ROOT / "src/wattloop/example/enterprise/tariffs/commercial-single-part.yaml"


def test_the_example_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written_readings()
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    held: dict[str, object] = {}
    exec(example, held)
    from_rows, from_lake = held["rating"].rate(held["rows"], held["tariff"], held["start"], held["end"]), held["lines"]  # type: ignore[attr-defined]
    assert from_lake.column_names == from_rows.column_names  # type: ignore[attr-defined]
    for name in ("kind", "quantity", "price", "amount"):
        assert from_lake[name].equals(from_rows[name])  # type: ignore[attr-defined]


def written_readings() -> None:
    """The readings and the tariff that the README speaks of, where it speaks of them."""
    hours = (dt.datetime(2026, 10, 1) + dt.timedelta(hours=hour) for hour in range(31 * 24))
    text = "point,start,kwh\n" + "".join(f"P1,{hour:%Y-%m-%d %H:%M},0.35\n" for hour in hours)
    Path("readings.csv").write_text(text, encoding="utf-8")
    shutil.copy(TARIFF, "tariff.yaml")


def test_its_commands_run_as_they_stand(place: Path, command: Run) -> None:
    written_readings()
    block = README.split("## On the command line")[1].split("```")[1]
    lines = [line for line in block.splitlines() if line.startswith("wattloop ")]
    assert len(lines) == 3
    for line in lines:
        said = command(*line.split()[1:])
        assert said.returncode == 0, said.stderr
    assert (place / "lines.parquet").exists()


def test_its_calendar_file_is_one(place: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (place / "holidays.yaml").write_text(text, encoding="utf-8")
    calendar = business_calendar(place / "holidays.yaml")
    assert calendar.day_kinds(dt.date(2027, 2, 5), dt.date(2027, 2, 7)).tolist() == [0, 2, 0]


@pytest.mark.data
def test_its_figures_of_the_real_households_are_those_the_demo_prints(command: Run) -> None:
    if not SWISS.exists():
        pytest.skip(f"{SWISS} is not there")
    said = command("demo", "--readings", str(SWISS)).stdout
    told = README.split("### On real readings")[1].split("From file to bills")[0]
    for figure in ("2,526,048", "1,334,593.344 kWh", "15 negative", "751,107", "357,982.74", "0.443"):
        assert figure in told
        assert figure in said
    assert "329 absurd" in told
    assert "329 absurd" in said
    assert re.search(r"2,357 kW on 28 November at 02:15", told)
    assert re.search(r"2,357 kW on 2018-11-28, 02:15", said)
    assert re.search(r"residential-yearly +537 ", said)
    assert "537 bills" in told


def test_what_it_says_of_the_county_is_so_in_both_languages() -> None:
    supplied = {COMMERCE, *(c.tariff for c in CLASSES)}
    classes, used, known = len(CLASSES), len(supplied), len(list(TARIFF.parent.glob("*.yaml")))
    names = {7: "seven", 11: "eleven", 13: "thirteen"}
    told = f"{names[classes]} classes of customers on {names[used]} of the enterprise's {names[known]} tariffs"
    assert told in README
    (chinese,) = [line for line in README.splitlines() if line.startswith("**中文**")]
    in_english = README.replace(chinese, "")
    assert all(number in in_english for number in re.findall(r"\d[\d,.]*", chinese))
    assert all(f"`{c.split()[0]} {c.split()[1]}" in in_english for c in re.findall(r"`([^`]+)`", chinese))


def test_the_columns_it_names_are_those_of_the_lines() -> None:
    assert f"`{', '.join(schema().names)}`" in README


def test_every_command_it_names_is_there() -> None:
    from django.core.management import find_commands

    known = set(find_commands(str(ROOT / "src/wattloop/management")))
    assert set(re.findall(r"`wattloop ([\w-]+)", README)) <= known
    assert known <= set(re.findall(r"wattloop ([\w-]+)", README))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_page_and_folder_it_points_to_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    named = re.findall(r"`(src/[\w/]+)`", text)
    assert [target for target in linked + named if not (ROOT / target).exists()] == []
