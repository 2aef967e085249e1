"""Bookings and re-bills that are killed, or meet another: what is booked is as before or as after, never between."""

import random
import signal
import subprocess
import sys
import time

import pytest

from wattloop.library import rating, readings, tariffs

pytestmark = pytest.mark.crash

FLAT = "id: t\nname: T\nvalid_from: 2026-01-01\ncurrency: CNY\nenergy: {price: 0.5}\n"
SPAN = ("--from", "2026-03", "--to", "2026-04")
TIMES = 8


def write(path, kwh, points):
    stamps = [f"2026-03-{day:02d} {hour:02d}:00" for day in range(1, 32) for hour in range(24)]
    path.write_text("point,start,kwh\n" + "".join(f"P{p:03d},{s},{kwh}\n" for p in range(points) for s in stamps))


def command(place, name, *told):
    words = [sys.executable, "-m", "wattloop", name, "--booked", "b", "--lake", "lake", "--tariff", "t.yaml", *told]
    return subprocess.Popen(words, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "t.yaml").write_text(FLAT)
    write(tmp_path / "first.csv", 1, 40)
    write(tmp_path / "late.csv", 2, 20)
    readings.import_file(readings.open_lake(tmp_path / "lake", "Asia/Shanghai"), tmp_path / "first.csv")
    return tmp_path


def total(place):
    return sum(rating.Booked(place / "b").lines()["amount"].to_pylist())


def test_bookings_and_re_bills_killed_at_random_moments_are_there_whole_or_not_at_all(place):
    tariff = tariffs.load(place / "t.yaml")
    took = 0.0
    for name, told, wanted in (("rate", SPAN, 40 * 372), ("rebill", (), 60 * 372)):
        chosen = random.Random(5)
        for turn in range(TIMES):
            runs = sorted(run.name for run in (place / "b").glob("0*"))
            began = time.perf_counter()
            working = command(place, name, *told)
            if turn:
                try:
                    working.wait(took * chosen.uniform(0.4, 1))
                except subprocess.TimeoutExpired:
                    working.send_signal(signal.SIGKILL)
            else:
                assert working.wait() == 0, working.stderr.read()
                took = time.perf_counter() - began
            working.communicate()
            there = sorted(run.name for run in (place / "b").glob("0*"))
            assert runs in (there, there[:-1])
            if there:
                assert total(place) == (wanted if len(there) == (1 if name == "rate" else 2) else 40 * 372)
            if len(there) > len(runs):  # undone, so that the next has it to do
                for file in (place / "b" / there[-1]).iterdir():
                    file.unlink()
                (place / "b" / there[-1]).rmdir()
        lake = readings.open_existing(place / "lake")
        if name == "rate":
            assert command(place, name, *told).wait() == 0
            readings.import_file(lake, place / "late.csv")
        else:
            assert len(rating.rebill(place / "b", lake, [tariff]).lines) == 20
    assert total(place) == 60 * 372


def test_two_re_bills_at_once_correct_once(place):
    assert command(place, "rate", *SPAN).wait() == 0
    readings.import_file(readings.open_existing(place / "lake"), place / "late.csv")
    both = [command(place, "rebill") for _ in range(2)]
    said = [one.communicate()[0] for one in both]
    assert sum("booked as run 1" in text for text in said) == 1
    assert sum("nothing to correct" in text for text in said) == 1
    assert total(place) == 60 * 372
