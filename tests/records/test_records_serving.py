"""`wattloop serve` and `wattloop worker` as people start them, in processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Start = Callable[..., subprocess.Popen[str]]


def environment(home: Path, **more: str) -> dict[str, str]:
    ours = ("WATTLOOP_", "DATABASE_", "DJANGO_")  # the browser's tests, in this process, have some too
    held = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return held | {"WATTLOOP_HOME": str(home), "PYTHONPATH": str(ROOT / "src")} | more


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    begun: list[subprocess.Popen[str]] = []

    def run(*args: str, **more: str) -> subprocess.Popen[str]:
        told = environment(tmp_path, WATTLOOP_PLAIN_HTTP="1") | more
        begun.append(subprocess.Popen(
            [sys.executable, "-m", "wattloop", *args], env=told, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ))  # fmt: skip
        return begun[-1]

    yield run
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def children(of: int) -> list[int]:
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = one.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == of and fields[0] != "Z":
            found.append(int(one.parent.name))
    return found


def until(true: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "that took too long"
        time.sleep(0.1)


def answered(port: int) -> int:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code


def periods(home: Path) -> int:
    """How many periodic jobs a worker has run."""
    with sqlite3.connect(home / "wattloop.sqlite3", timeout=10) as held:
        return held.execute(
            "SELECT count(*) FROM records_job WHERE every IS NOT NULL AND ended_at IS NOT NULL"
        ).fetchone()[0]


def test_pages_and_worker_are_served_together_and_stop_together(start: Start, tmp_path: Path):
    port = free_port()
    served = start("serve", "--port", str(port))
    assert served.stdout.readline() == f"Wattloop is at http://127.0.0.1:{port}/ (Ctrl-C stops it)\n"
    assert answered(port) == 200
    key = tmp_path / "secret-key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    until(lambda: periods(tmp_path) >= 2)
    pages, worker = sorted(children(served.pid), key=lambda pid: b"wattloop\0worker" in _command(pid))
    os.kill(worker, signal.SIGKILL)
    until(lambda: len(set(children(served.pid)) - {worker}) == 2)
    held = children(served.pid)
    served.send_signal(signal.SIGTERM)
    _, said = served.communicate(timeout=40)
    assert served.returncode == 0
    assert "the worker ended with -9; it is started again" in said
    assert not [pid for pid in [*held, pages] if Path(f"/proc/{pid}").exists()]
    with pytest.raises(OSError, match="refused"):
        answered(port)


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_port_that_is_taken_is_refused_by_its_number(start: Start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        served = start("serve", "--port", str(taken.getsockname()[1]))
        _, said = served.communicate(timeout=30)
    assert served.returncode == 2
    assert f"{taken}" not in said
    assert "Name another" in said


def test_whoever_kills_the_parent_leaves_no_child(start: Start):
    port = free_port()
    served = start("serve", "--port", str(port), "--workers", "2")
    served.stdout.readline()
    held = children(served.pid)
    below = [pid for one in held for pid in children(one)]
    assert (len(held), len(below)) == (2, 2)
    served.kill()
    served.wait()
    until(lambda: not [pid for pid in held + below if Path(f"/proc/{pid}").exists() and b"wattloop" in _command(pid)])


def test_a_worker_ends_when_nothing_waits(start: Start, tmp_path: Path):
    start("migrate", "--verbosity", "0").communicate(timeout=60)
    worker = start("worker", "--once")
    worker.communicate(timeout=30)
    assert worker.returncode == 0
    assert periods(tmp_path) >= 3


def test_a_worker_that_waits_stops_at_once_when_told(start: Start, tmp_path: Path):
    start("migrate", "--verbosity", "0").communicate(timeout=60)
    worker = start("worker")
    until(lambda: periods(tmp_path) >= 2)
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=20)
    assert worker.returncode == 0
    assert time.monotonic() - began < 8


def test_the_deployment_check_is_silent_in_production(tmp_path: Path):
    told = environment(tmp_path, WATTLOOP_SECRET_KEY="0123456789abcdefghij" * 3, WATTLOOP_HOSTS="billing.example")
    done = subprocess.run(
        [sys.executable, "-m", "wattloop", "check", "--deploy", "--fail-level", "INFO"],
        env=told, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("System check identified no issues (0 silenced).\n", "")
