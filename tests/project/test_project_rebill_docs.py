"""What docs/rebill.md and docs/what-if.md show runs as it stands."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from wattloop.library import rating

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[2]
TARIFF = ROOT / "src/wattloop/example/enterprise/tariffs/commercial-single-part.yaml"
FLAT = "id: {0}\nname: {0}\nvalid_from: 2026-01-01\ncurrency: CNY\nenergy: {{price: {1}}}\n"


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.DOTALL)


def write(file: str, kwh: str, points: tuple[str, ...] = ("P1", "P2")) -> None:
    hours = [dt.datetime(2026, 10, 1) + dt.timedelta(hours=hour) for hour in range(31 * 24)]
    rows = [f"{point},{hour:%Y-%m-%d %H:%M},{kwh}\n" for point in points for hour in hours]
    Path(file).write_text("point,start,kwh\n" + "".join(rows), encoding="utf-8")


def prepare(command: Run) -> None:
    write("readings.csv", "0.35")
    write("corrected.csv", "0.4", ("P2",))
    write("again.csv", "0.5", ("P2",))
    shutil.copy(TARIFF, "tariff.yaml")
    Path("flat.yaml").write_text(FLAT.format("flat", "0.6"), encoding="utf-8")
    Path("two.yaml").write_text(FLAT.format("two", "0.7"), encoding="utf-8")
    assert command("readings", "import", "readings.csv", "--lake", "lake").returncode == 0


def every(command: Run, name: str) -> list[str]:
    told = []
    for line in "".join(blocks(name, "bash")).splitlines():
        said = command(*line.split()[1:])
        assert said.returncode == 0, said.stderr
        told.append(said.stdout)
    return told


def test_the_guide_to_correcting_bills_runs_as_it_stands(place: Path, command: Run) -> None:
    prepare(command)
    _, _, dry, done = every(command, "rebill.md")
    assert "1 bill corrected" in dry
    assert "nothing is booked: a dry run" in dry
    assert "booked as run 1" in done
    assert "P2@2026-10-01..2026-10-31#0" in done
    held: dict[str, object] = {}
    for block in blocks("rebill.md", "python"):
        exec(block, held)
    assert rating.Booked("booked/october").lines().equals(held["every_line"])
    folders = ("booked/2026-10", "booked/october")
    again = command("rebill", "--booked", *folders, "--lake", "lake", "--tariff", "tariff.yaml")
    assert "booked/2026-10: 2026-10-01 up to 2026-11-01, lake version 2 → 3" in again.stdout
    assert "nothing to correct" in again.stdout


def test_the_guide_to_what_if_runs_as_it_stands(place: Path, command: Run) -> None:
    prepare(command)
    compared, beside = every(command, "what-if.md")
    assert all(len(line) <= 80 for text in (compared, beside) for line in text.splitlines())
    assert "flat, by tenths of energy used" in compared
    assert "Best tariff for each" in compared
    assert "By kind" in beside
    assert Path("amounts.csv").read_text(encoding="utf-8").splitlines()[0] == (
        '"agreement","class","kwh","current","flat","two","best","saves"'
    )
    for block in blocks("what-if.md", "python"):
        exec(block, {})


def test_a_tariff_with_prices_by_date_is_tried_and_its_bills_corrected(place: Path, command: Run) -> None:
    prepare(command)
    Path("dated.yaml").write_text(FLAT.format("dated", "{2026-01: 0.6, 2026-10: 0.7, 2026-11: 0.8}"), encoding="utf-8")
    months = ("--lake", "lake", "--from", "2026-10", "--to", "2026-11")
    tried = command("whatif", "--tariff", "flat.yaml", "--current", "dated.yaml", *months)
    assert tried.returncode == 0, tried.stderr
    assert "364.56" in tried.stdout  # 2 × 744 h × 0.35 kWh × 0.70
    assert command("rate", "--tariff", "dated.yaml", *months, "--booked", "booked").returncode == 0
    assert command("readings", "import", "corrected.csv", "--lake", "lake").returncode == 0
    corrected = command("rebill", "--booked", "booked", "--lake", "lake", "--tariff", "dated.yaml")
    assert "1 up by 26.04 CNY" in corrected.stdout, corrected.stderr  # 744 h × 0.05 kWh × 0.70


def test_a_booked_folder_is_not_also_a_file(place: Path, command: Run) -> None:
    prepare(command)
    span = ("--lake", "lake", "--tariff", "flat.yaml", "--from", "2026-10", "--to", "2026-11")
    said = command("rate", *span, "--booked", "b", "--out", "lines.parquet")
    assert said.returncode == 2
    assert "--out: bills are booked, or written to a file" in said.stderr
    assert command("rate", *span, "--booked", "b").returncode == 0
    assert pq.read_table("b/000000/lines.parquet").num_rows == 2
    assert command("rebill", "--booked", "c", "--lake", "lake", "--tariff", "flat.yaml").returncode == 2
