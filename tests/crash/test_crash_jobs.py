"""Workers are killed, or held for longer than their leases: every job ends done, each of its steps done once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.crash


def start(place: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.jobs_program", "work"], env=place, cwd=ROOT, stderr=subprocess.DEVNULL
    )


def test_jobs_whose_workers_are_killed_again_and_again_end_done_and_every_step_is_done_once(place, program):
    chance = random.Random(4)
    count, steps = 12, 40
    program("tests.crash.jobs_program", "prepare", str(count), str(steps))
    workers = [start(place) for _ in range(2)]
    killed = 0
    try:
        until = time.monotonic() + 14
        while time.monotonic() < until:
            time.sleep(chance.uniform(0.8, 2.0))
            one = chance.randrange(len(workers))
            if chance.random() < 0.4:  # held longer than its lease, it comes back and believes the job its own
                workers[one].send_signal(signal.SIGSTOP)
                time.sleep(2.5)
                workers[one].send_signal(signal.SIGCONT)
                continue
            workers[one].kill()
            workers[one].wait()
            killed += 1
            workers[one] = start(place)
        found: dict[str, Any] = {}
        until = time.monotonic() + 60
        while time.monotonic() < until and set(found.get("states", [""])) != {"done"}:
            time.sleep(1)
            found = program("tests.crash.jobs_program", "tell")
    finally:
        for worker in workers:
            worker.terminate()
        ended = [worker.wait(30) for worker in workers]
    assert found["states"] == ["done"] * count
    assert sorted(found["marks"]) == sorted(f"job{job}:{step}" for job in range(count) for step in range(steps))
    assert killed > 3
    assert sum(found["attempts"]) > count, "nobody was killed at work: this proves nothing"
    assert ended == [0, 0], "a worker that is told to stop does so in peace"
