"""What the documents show works as they say."""

import dataclasses
import datetime as dt
import re
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
import yaml

from wattloop.example import ENTERPRISE
from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.rating.agreements.cells import COLUMNS
from wattloop.library.rating.agreements.file import read_agreements
from wattloop.library.rating.examples import check_examples
from wattloop.library.tariffs.schema import schema
from wattloop.management.bill_text import BillText
from wattloop.management.tables import wide_console

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "tariffs.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
WHOLE = SNIPPETS[0]
[HOT_DAYS] = re.findall(r"```\n(known-from.*?)```", GUIDE, re.DOTALL)


def added(snippet):
    """The guide's whole tariff with a snippet's parts added, or in the place of its own."""
    return {**yaml.load(WHOLE, yaml.BaseLoader), **yaml.load(snippet, yaml.BaseLoader)}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=[s.split(":")[0] for s in SNIPPETS])
def test_every_snippet_of_the_tariff_guide_is_a_tariff_with_what_stands_above(snippet, tmp_path):
    shutil.copytree(ENTERPRISE / "prices", tmp_path / "prices")
    (tmp_path / "triggers").mkdir()
    (tmp_path / "triggers" / "hot-days.yaml").write_text(HOT_DAYS, encoding="utf-8")
    path = tmp_path / "tariff.yaml"
    path.write_text(yaml.safe_dump(added(snippet), allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert {one.id for one in tariffs.load_versions(path, check_examples)} == {"example"}


def test_every_key_of_a_tariff_stands_in_the_guide():
    known = set(schema()["properties"]) - {"for", "source"}
    shown = set().union(*(yaml.load(s, yaml.BaseLoader) for s in SNIPPETS))
    assert known - shown == {"valid_to"}
    assert "valid_to" in WHOLE


def pooled(pooling):
    """300 kWh at peak and then 100 at valley, the second tier from 200 kWh on."""
    add = {"peak": "0.20", "valley": "0.10"}
    prices = {"peak": "0.80", "valley": "0.40"}
    second = {"add": add} if pooling == "after-time-of-use" else {"prices": prices}
    tiers = {"over": "month", "pooling": pooling, "steps": [{"up-to": "200 kWh"}, second]}
    return tariffs.from_plain({**yaml.load(WHOLE, yaml.BaseLoader), "tiers": tiers})


TABLE = re.findall(r"^\| `([a-z-]+)` \| .* \| (\d+) \+ (\d+) \| ([\d.]+) \|$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize(("pooling", "peak", "valley", "amount"), TABLE)
def test_the_guide_says_what_each_pooling_costs(pooling, peak, valley, amount):
    values = np.zeros((31, 24), np.int32)
    values[:30, 12] = 10_000  # peak, on thirty days
    values[30, 23] = 100_000  # valley, on the last evening
    rows = from_matrix(["P"] * 31, np.arange("2026-10-01", "2026-11-01", dtype="datetime64[D]"), values)
    lines = rating.rate(rows, pooled(pooling), dt.date(2026, 10, 1), dt.date(2026, 11, 1))
    assert pc.sum(lines["amount"]).as_py() == Decimal(amount)
    if pooling == "after-time-of-use":  # its first tier is what the increments leave
        second = {r["tou"]: r["quantity"] for r in lines.to_pylist() if r["tier"] == 2}
        found = {"peak": 300 - second["peak"], "valley": 100 - second["valley"]}
    else:
        found = {r["tou"]: r["quantity"] for r in lines.to_pylist() if r["tier"] == 1}
    assert found == {"peak": Decimal(peak), "valley": Decimal(valley)}


def test_the_guide_compares_every_way_of_pooling():
    assert {row[0] for row in TABLE} == set(schema()["$defs"]["TiersPart"]["properties"]["pooling"]["enum"])


READINGS = (ROOT / "docs" / "readings.md").read_text(encoding="utf-8")
FILES = re.findall(r"```csv\n(.*?)```", READINGS, re.DOTALL)


@pytest.mark.parametrize(
    ("content", "told", "slots", "wh"), [(FILES[0], {}, 96, 364), (FILES[1], {"unit": "kWh"}, 24, 13_340)]
)
def test_every_file_of_the_guide_to_readings_is_taken_in(content, told, slots, wh, tmp_path):
    path = tmp_path / "readings.csv"
    path.write_text(content, encoding="utf-8")
    report = readings.import_file(readings.open_lake(tmp_path / "lake"), path, **told)
    assert (report.points, report.slots, report.wh) == (1, slots, wh)


@pytest.mark.parametrize(
    ("content", "quantities"),
    [
        (FILES[2], {"active_in": 9_890_000, "active_in:peak": 4_010_000}),
        (FILES[3], {"active_in": 4_020_000, "reactive_in": 880_000}),
    ],
)
def test_every_register_file_of_the_guide_is_taken_in(content, quantities, tmp_path):
    path = tmp_path / "registers.csv"
    path.write_text(content, encoding="utf-8")
    report = readings.import_file(readings.open_lake(tmp_path / "lake"), path)
    assert report.quantities == quantities


def test_the_guide_to_readings_shows_both_forms_of_intervals_and_registers():
    assert len(FILES) == 4


AGREED = (ROOT / "docs" / "agreements.md").read_text(encoding="utf-8")


def test_the_agreement_of_the_guide_and_its_points_can_be_read(tmp_path):
    [document] = re.findall(r"```yaml\n(.*?)```", AGREED, re.DOTALL)
    (tmp_path / "a.yaml").write_text(document, encoding="utf-8")
    made = read_agreements(tmp_path / "a.yaml")
    assert made.names.to_pylist() == ["0102000117"]
    assert len(made.transformers[0]) == 2
    rows = re.findall(r"^\| `(\{point: .*?\})` \|", AGREED, re.MULTILINE)
    assert len(rows) == 7
    for number, points in enumerate(rows):
        main = "" if "M1}" in points.split(",")[0] else "{point: M1}, "
        (tmp_path / "b.yaml").write_text(
            f"{{agreement: A-{number}, points: [{main}{points}], versions: [{{tariff: t}}]}}", encoding="utf-8"
        )
        assert len(read_agreements(tmp_path / "b.yaml").names) == 1


def test_the_table_of_the_guide_to_agreements_can_be_read_and_names_every_column(tmp_path):
    [content] = re.findall(r"```csv\n(.*?)```", AGREED, re.DOTALL)
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    made = read_agreements(tmp_path / "a.csv")
    assert made.versions.capacity.tolist() == [-1, 630_000, 800_000]
    assert all(f"`{name}`" in AGREED for name in COLUMNS)


EXPLAINED = (ROOT / "docs" / "explanation.md").read_text(encoding="utf-8")
TOLD = dict(
    zip(("yaml", "bill", "differs"), re.findall(r"```(?:yaml|text)\n(.*?)```", EXPLAINED, re.DOTALL), strict=True)
)


@pytest.fixture(scope="module")
def shop():
    """The bill that the guide to explanation shows."""
    days = np.arange("2026-01-01", "2026-03-01", dtype="datetime64[D]")
    day = [1500 if 8 <= hour < 22 else 400 for hour in range(24)]
    rows = from_matrix(["P1"] * len(days), days, np.array([day] * len(days), np.int32))
    made = tariffs.from_plain(yaml.load(TOLD["yaml"], yaml.BaseLoader))
    span = dt.date(2026, 2, 1), dt.date(2026, 3, 1)
    [bill] = rating.explain(rows, [made], *span, agreement="P1")
    return bill


def test_the_guide_to_explanation_shows_the_bill_that_is_printed(shop, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    BillText(wide_console(), "en")(dataclasses.replace(shop, lake=1))
    printed = [line.rstrip() for line in capsys.readouterr().out.strip().splitlines()]
    assert printed == TOLD["bill"].strip().splitlines()[:-2]


def test_the_guide_to_explanation_names_every_part_of_a_bill_s_file(shop):
    table = EXPLAINED.split("## As a structure")[1].split("## To verify")[0]
    assert set(shop.to_json()) <= set(re.findall(r"`([a-z_]+)`", table))
    assert f"`{shop.to_json()['schema']}`" in table


def test_the_guide_to_explanation_shows_what_verify_says(shop):
    content = shop.to_json()
    content["lines"][0]["amount"] = "4.73"
    assert f"bill.json: {rating.verify(content).differences[0]}" == TOLD["differs"].strip()


def test_the_green_button_file_of_the_guide_is_taken_in_and_written_by_its_commands(place, command):
    (feed,) = re.findall(r"```xml\n(.*?)```", READINGS, re.DOTALL)
    (commands,) = re.findall(r"```sh\n(wattloop readings import .*?)```", READINGS, re.DOTALL)
    (place / "mill-lane.xml").write_text(feed, encoding="utf-8")
    taken, written = (command(*line.split()[1:]) for line in commands.splitlines())
    assert taken.returncode == written.returncode == 0, taken.stderr + written.stderr
    assert "2 rows, 1 point, 2026-10-25 to 2026-10-25, every 60 minutes, 0.600 kWh as read" in taken.stdout
    assert "arrived as estimates, and are kept as such: 1" in taken.stdout
    assert written.stdout == "out.xml: 24 readings\n"
    assert "<title>0a4a3a36-2a5f-4b8e-8a43-5a8ed24f7b01</title>" in (place / "out.xml").read_text(encoding="utf-8")
    (place / "cut.xml").write_text(feed[:-20], encoding="utf-8")
    cut = command("readings", "import", "cut.xml", "--lake", "lake")
    assert (cut.returncode, cut.stdout) == (2, "")
    assert re.fullmatch(
        r"cut.xml, row \d+: the XML ends too early .*: the file is cut short. Export it again.\n", cut.stderr
    )
