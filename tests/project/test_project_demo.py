"""The demo says what is true, fits a terminal, says what to do next, and leaves alone what is not its own."""

from __future__ import annotations

import datetime as dt
import glob
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from wattloop.example import ENTERPRISE
from wattloop.library import readings, tariffs
from wattloop.library.quantity.dayrows import matrix
from wattloop.library.tariffs.show_facts import overview

Run = Callable[..., subprocess.CompletedProcess[str]]
COUNTY = ("demo", "--accounts", "80", "--no-console")
NOW = "2026-11-25T06:00:00+00:00"
FIRST = dt.date(2026, 10, 1)  # of the last whole month


def long_form(path: Path, first: dt.date, days: int, use: Callable[[dt.datetime], float], minutes: int = 60) -> Path:
    """A file of readings of two points."""
    stamps = [dt.datetime.combine(first, dt.time()) + dt.timedelta(minutes=m) for m in range(0, days * 1440, minutes)]
    rows = [f"{point},{stamp:%Y-%m-%d %H:%M},{use(stamp)}" for point in ("P1", "P2") for stamp in stamps]
    path.write_text("\n".join(["point,start,kwh", *rows, ""]), encoding="utf-8")
    return path


def by_night(stamp: dt.datetime) -> float:
    return 1 if stamp.hour >= 22 or stamp.hour < 6 else 0


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A demo of eighty customers, in a folder whose name has a space and Chinese characters: its place, its words."""
    place = tmp_path_factory.mktemp("示例 demo")
    env = {**os.environ, "WATTLOOP_NOW": NOW}
    told = [sys.executable, "-m", "wattloop", *COUNTY]
    said = subprocess.run(told, cwd=place, capture_output=True, text=True, check=False, env=env)
    assert said.returncode == 0, said.stderr
    return place, said.stdout


@pytest.fixture
def there(county: tuple[Path, str], command: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """A command line run where that county lies, on its day; what it prints."""

    def run(line: str) -> str:
        told = [glob.glob(part) if "*" in part else [part] for part in shlex.split(line)]
        said = command(*itertools.chain(*told))
        assert said.returncode == 0, said.stderr
        return re.sub(r"\x1b\[[0-9;]*m", "", said.stdout)

    monkeypatch.chdir(county[0])
    monkeypatch.setenv("WATTLOOP_NOW", NOW)
    return run


def table(said: str, title: str) -> list[list[str]]:
    """The rows under a title, the heading first, each as its columns."""
    found = said.split(title, 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    return [re.split(r" {2,}", line.strip()) for line in found]


def number(text: str) -> Decimal:
    return Decimal(re.sub("[^0-9.]", "", text))


def test_the_totals_are_those_of_the_lines(county: tuple[Path, str]) -> None:
    place, said = county
    con = duckdb.connect()
    lines = place / "out/demo/booked/000000/lines.parquet"
    con.execute(f"CREATE VIEW l AS SELECT *, split_part(clause, '@', 1) AS t FROM '{lines}'")
    con.execute(f"CREATE VIEW a AS SELECT * FROM read_csv('{place}/out/demo/accounts.csv', all_varchar = true)")
    whole = sum(row[0] for row in con.execute("SELECT sum(amount) FROM l").fetchall())
    by_class = dict(con.execute("SELECT class_en, sum(amount) FROM l JOIN a USING (agreement) GROUP BY 1").fetchall())
    by_tariff = dict(con.execute("SELECT t, sum(amount) FROM l GROUP BY 1").fetchall())
    for title, wanted in (("Bills by customer class", by_class), ("Bills by tariff", by_tariff)):
        _, *rows, total = table(said, title)
        assert {row[0].split("@")[0]: number(row[3]) for row in rows} == wanted
        assert (total[0], total[1], number(total[3])) == ("total", "80", whole)
        assert sum(number(row[2]) for row in rows) == pytest.approx(number(total[2]), abs=len(rows))
        for _, _, kwh, amount, mean in rows:
            assert float(mean) == pytest.approx(float(number(amount) / number(kwh)), rel=5e-3)
    largest = con.execute("SELECT agreement, sum(amount) FROM l GROUP BY 1 ORDER BY 2 DESC LIMIT 10").fetchall()
    assert [(row[0], number(row[-1])) for row in table(said, "The ten largest bills")[1:]] == largest


def test_the_peak_is_the_lakes_and_its_makers_make_all_of_it(county: tuple[Path, str]) -> None:
    place, said = county
    snapshot = readings.open_lake(place / "out/demo/lake").snapshot()
    values, _ = matrix(snapshot.to_arrow(96, first_day=FIRST, last_day=FIRST + dt.timedelta(days=30)), 96)
    total = values.astype(np.int64).reshape(80, 31, 96).sum(axis=0)
    day, slot = np.unravel_index(total.argmax(), total.shape)
    told = re.search(r"System peak ([\d,.]+) kW on (\S+), (\S+) to \S+ standard time; load factor (\S+)\.", said)
    assert told is not None
    assert float(told[1].replace(",", "")) == pytest.approx(total.max() / 250, abs=0.06)
    assert (told[2], told[3]) == (str(FIRST + dt.timedelta(days=int(day))), f"{slot // 4:02d}:{slot % 4 * 15:02d}")
    assert float(told[4]) == pytest.approx(total.mean() / total.max(), abs=6e-4)
    _, *makers = table(said, "System peak")
    assert sum(number(row[1]) for row in makers) == pytest.approx(number(told[1]), abs=Decimal("0.5"))
    assert sum(number(row[2]) for row in makers) == pytest.approx(100, abs=Decimal("0.5"))


def test_every_line_of_the_bill_in_full_is_quantity_times_price(county: tuple[Path, str]) -> None:
    _, heading, *lines, total = table(county[1], "One bill in full")
    assert heading[-5:] == ["quantity", "unit", "price", "CNY", "clause"]
    amounts = []
    for line in lines:
        quantity, price, amount = (number(line[at]) for at in (-5, -3, -2))
        assert (quantity * price).quantize(Decimal("0.01"), "ROUND_HALF_UP") == amount
        amounts.append(amount)
    assert len(lines) >= 4  # two periods, and two of at least one tier
    assert number(total[-1]) == sum(amounts)


@pytest.fixture
def copied(county: tuple[Path, str], tmp_path: Path) -> Path:
    """That county in a place of its own, to be changed."""
    shutil.copytree(county[0] / "out", tmp_path / "out")
    return tmp_path


def test_the_commands_it_ends_with_run_as_they_stand(
    county: tuple[Path, str], copied: Path, there: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied)
    said = county[1]
    told = said.split("What you can do now", 1)[1].replace("\\\n", " ")
    commands = [line.strip() for line in told.splitlines() if line.strip().startswith("wattloop ")]
    rated, explained, tariff, point, late, corrected, tried = (
        there(line.removeprefix("wattloop ")) for line in commands
    )
    assert table(rated, "Bills by tariff") == table(said, "Bills by tariff")
    assert table(said, "One bill in full")[1:] == table(rated, "2026-10-01 to 2026-10-31")
    assert "Segment 2, 9 Oct to 31 Oct 2026: capacity changed from" in explained
    assert "Capacity charge:" in explained
    assert "tiers" in tariff
    assert point.count("2026-10-0") == 7
    assert "1 revised" in late
    assert "agreements affected: 1 by readings" in corrected
    assert "booked as run 1" in corrected
    assert "industrial-demand, by class" in tried


def test_a_county_of_a_few_households_is_billed_and_offers_nothing_that_it_has_not(place: Path, command: Run) -> None:
    said = command("demo", "--accounts", "4", "--no-console")
    assert said.returncode == 0, said.stderr
    assert "Bills: 4," in said.stdout
    assert "whatif" not in said.stdout


def test_a_second_run_finds_the_county_there_and_bills_it_the_same(
    county: tuple[Path, str], there: Callable[[str], str]
) -> None:
    def bills(said: str) -> str:
        return said.split("Bills by tariff")[1].split("How long")[0]

    again = there(" ".join(COUNTY))
    assert "it was there already" in again
    assert again.count("nothing changed: the lake stays at version 3") == 3
    assert bills(again) == bills(county[1])
    anew = there(f"{' '.join(COUNTY)} --anew")
    assert "seeded" in anew
    assert "  changed the lake: version 1" in anew
    assert bills(anew) == bills(again)


def test_nothing_is_cut_short_on_a_terminal_of_eighty_columns(
    county: tuple[Path, str], there: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    accounts = (county[0] / "out/demo/accounts.csv").read_text(encoding="utf-8").splitlines()
    printed = [there(" ".join(COUNTY))]
    for kind in ("industrial-one-shift", "industrial-two-shifts", "ev-station"):
        agreement = next(line for line in accounts if kind in line).split(",")[0].strip('"')
        printed.append(
            there(
                "rate --lake out/demo/lake --agreements out/demo/agreements --tariff out/demo/tariffs/*.yaml"
                f" --from 2026-07 --to 2026-08 --show {agreement}"
            )
        )
    for said in printed:
        assert "…" not in said
        rows = [line for line in said.splitlines() if re.search(r"\S {2,}\S", line.strip())]
        assert max(map(len, rows)) <= 80
    for file in (county[0] / "out/demo/tariffs").iterdir():
        shown = there(f"tariff show out/demo/tariffs/{file.name} --on 2026-07-01")
        prices = overview(tariffs.load(file, on=dt.date(2026, 7, 1)), 2026)["prices"]
        written = [number for price in prices for number in (price["total"], *price["components"].values())]
        assert all(re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", shown) for number in written), shown
    assert "sharp" in printed[1]
    assert "connection" in printed[3]


def test_a_file_of_the_users_own_is_billed_whole_month_by_whole_month(place: Path, command: Run) -> None:
    long_form(place / "own.csv", dt.date(2018, 9, 20), 50, by_night)
    said = command("demo", "--readings", "own.csv")
    assert said.returncode == 0, said.stderr
    assert "stands in for yours" in said.stdout
    assert "P1, residential-yearly, 2018-10-01 to 2018-10-31" in said.stdout or "P2, residential-yearly" in said.stdout
    assert re.search(r"night +248 +kWh +0.288 +71.42", said.stdout)
    assert (place / "out/own/booked/000000/lines.parquet").exists()
    told = command("demo", "--readings", "own.csv", "--month", "2018-11")
    assert "2 bills on incomplete readings" in told.stdout


def test_a_tariff_of_the_users_own_may_change_by_date_and_take_from_a_list_beside_it(place: Path, command: Run) -> None:
    long_form(place / "own.csv", dt.date(2026, 3, 1), 31, by_night)
    (place / "list.yaml").write_text(
        "name: L\nitems: {all: {unit: CNY/kWh, price: {2026-02: 0.5, 2026-03: 0.6}}}\n", encoding="utf-8"
    )
    (place / "t.yaml").write_text(
        "id: t\nname: T\nvalid_from: 2026-02-01\ncurrency: CNY\nenergy: {price: {list: list.yaml, item: all}}\n",
        encoding="utf-8",
    )
    said = command("demo", "--readings", "own.csv", "--tariff", "t.yaml")
    assert said.returncode == 0, said.stderr
    assert re.search(r" 248 +kWh +0\.60? +148\.80", said.stdout), said.stdout
    assert "--tariff t.yaml" in said.stdout


@pytest.mark.parametrize("zone", ["Europe/Zurich", "Asia/Shanghai", "America/New_York"])
def test_the_stand_in_tariff_prices_on_the_local_clock_that_is_told(zone: str, place: Path, command: Run) -> None:
    long_form(place / "own.csv", dt.date(2018, 7, 1), 31, by_night)
    said = command("demo", "--readings", "own.csv", "--zone", zone)
    assert re.search(r"day +0 +kWh", said.stdout), said.stdout + said.stderr
    assert re.search(r"night +248 +kWh", said.stdout)
    assert "rest on incomplete readings" not in said.stdout


def test_readings_of_nothing_are_billed_and_have_no_peak(place: Path, command: Run) -> None:
    long_form(place / "own.csv", dt.date(2026, 3, 1), 31, lambda _: 0)
    said = command("demo", "--readings", "own.csv")
    assert said.returncode == 0, said.stderr
    assert "there is no peak" in said.stdout


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (["--readings", "absent.csv"], "absent.csv: there is no such file"),
        (["--readings", "."], "this is a folder"),
        (["--readings", "own.csv", "--tariff", "absent.yaml"], "absent.yaml"),
        (["--readings", "own.csv", "--unit", "furlong"], "furlong"),
        (["--readings", "own.csv", "--zone", "Mars/Olympus"], "Mars/Olympus"),
        (["--readings", "own.csv"], "no whole month. To bill the part of one that there is, add --month 2026-03"),
        (["--readings", "own.csv", "--month", "2025-03"], "only from 2026-03-05 to 2026-03-24"),
        (["--readings", "own.csv", "--month", "March"], "Write YYYY-MM"),
        (["--readings", "out/own/kept.csv"], "clears away"),
        (["--accounts", "0"], "a county of 0 customers"),
        (["--accounts", "9", "--month", "2020-02"], "no readings in 2020-02"),
        (["--out", "mine"], "not empty and no demo's"),
        (["--out", "own.csv"], "own.csv is a file"),
    ],
    ids=" ".join,
)
def test_what_the_demo_cannot_do_is_one_message_and_exit_code_2(
    told: list[str], named: str, place: Path, command: Run
) -> None:
    long_form(place / "own.csv", dt.date(2026, 3, 5), 20, by_night)
    for kept in ("mine/kept.txt", "out/own/kept.csv", "out/own/.wattloop-demo"):
        (place / kept).parent.mkdir(parents=True, exist_ok=True)
        (place / kept).write_text("kept", encoding="utf-8")
    said = command("demo", *told)
    assert said.returncode == 2, said.stderr
    assert named in said.stderr
    assert len(said.stderr.strip().splitlines()) == 1
    assert (place / "mine/kept.txt").exists()
    if "no whole month" not in named and "only from" not in named and "furlong" not in named and "Mars" not in named:
        assert (place / "out/own/kept.csv").exists()


def test_hourly_readings_are_refused_by_a_tariff_that_bills_a_quarter_of_an_hours_demand(
    place: Path, command: Run
) -> None:
    long_form(place / "own.csv", dt.date(2026, 3, 1), 31, by_night)
    tariff = ENTERPRISE / "tariffs" / "industrial-demand.yaml"
    said = command("demo", "--readings", "own.csv", "--tariff", str(tariff))
    assert said.returncode == 2
    assert "15 minutes cannot be had from readings of 60 minutes" in said.stderr


def test_a_file_refused_leaves_nothing_behind(place: Path, command: Run) -> None:
    (place / "own.csv").write_text("point,start,kwh\nP1,yesterday,1\n", encoding="utf-8")
    assert command("demo", "--readings", "own.csv").returncode == 2
    assert not (place / "out/own").exists()
