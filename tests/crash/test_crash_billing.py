"""Workers are killed while a month is rated, issued and paid: it goes on, nothing twice, nothing lost, books whole."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests import billing_county

ROOT = Path(__file__).parents[2]
PROGRAM = "tests.crash.billing_program"
ACCOUNTS = 150
pytestmark = pytest.mark.crash


def _worker(place: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", PROGRAM, "work"], env=place, cwd=ROOT, stderr=subprocess.DEVNULL)


def _killed_until(place: dict[str, str], program: Any, chance: random.Random, kills: int) -> dict[str, Any]:
    """Workers started and killed at random moments, that many times; then one in peace, until no job is left."""
    for _ in range(kills):
        worker = _worker(place)
        time.sleep(chance.uniform(1.4, 3.2))  # its programs are loaded in about a second
        worker.kill()
        worker.wait()
    worker = _worker(place)
    try:
        until = time.monotonic() + 90
        while (found := program(PROGRAM, "tell"))["alive"] and time.monotonic() < until:
            time.sleep(0.5)
    finally:
        worker.terminate()
        worker.wait(30)
    assert not found["failed"]
    return dict(found)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_is_rated_issued_and_paid_by_workers_that_are_killed(
    seed: int, place: dict[str, str], program: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    county = tmp_path_factory.mktemp("county")
    billing_county.make_files(county, ACCOUNTS, dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    chance = random.Random(seed)
    program(PROGRAM, "prepare", str(county))
    rated = _killed_until(place, program, chance, kills=5)
    assert (rated["state"], rated["problem"]) == ("checked", "")
    assert rated["attempts"] > rated["jobs"], "nobody was killed at work: this proves nothing"

    program(PROGRAM, "next")
    issued = _killed_until(place, program, chance, kills=4)
    counts, sums = issued["counts"], issued["sums"]
    assert issued["state"] == "issued"
    assert counts["issued"] + counts["held"] == counts["planned"] == ACCOUNTS
    assert counts["numbers"] == counts["issued"] > ACCOUNTS * 0.9
    # A bill of nothing at all has no charge; one whose lines cancel out has one, for its accounts do not.
    assert counts["something"] <= counts["charges"] <= counts["issued"]
    assert counts["twice"] == 0
    assert sums["bills"] == sums["charges"] > 0
    assert issued["breaks"] == []

    program(PROGRAM, "next")
    paid = _killed_until(place, program, chance, kills=4)
    assert paid["file"]
    assert paid["counts"]["payments"] == paid["counts"]["owing"]
    assert paid["sums"]["paid"] == paid["sums"]["owing"]
    assert paid["sums"]["open"] == 0, "every bill that was paid is settled"
    assert paid["breaks"] == []
