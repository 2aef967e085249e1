"""Imports that are killed, run out of disk, or meet another: the lake is as before or as after, never between."""

import datetime as dt
import hashlib
import random
import resource
import signal
import subprocess
import sys
import time

import duckdb
import numpy as np
import pyarrow.compute as pc
import pytest
from deltalake.exceptions import DeltaError

from wattloop.library import readings
from wattloop.library.lake import tables
from wattloop.library.lake.snapshot import RAW
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.crash

DAYS, POINTS, TIMES = 12, 400, 30


def write(path, first_day, seed, points=POINTS):
    rng = np.random.default_rng(seed)
    stamps = np.arange(np.datetime64(first_day), np.datetime64(first_day) + DAYS, dtype="datetime64[15m]")
    with path.open("w") as file:
        file.write("point,start,kwh\n")
        for p in range(points):
            use = rng.integers(0, 900, len(stamps))
            file.writelines(f"P{p:04d},{s},{u / 1000:.3f}\n" for s, u in zip(stamps.astype(str), use, strict=True))


def contents(lake):
    """The version and a fingerprint of everything a reader can see."""
    snapshot = lake.snapshot()
    digest = hashlib.sha256()
    for slots in snapshot.slot_counts():
        digest.update(repr(snapshot.to_arrow(slots, quality=True).to_pydict()).encode())
        # Not the files themselves: how rows fall into their pages is the writer's own affair.
        raw = duckdb.sql(f"SELECT count(*), bit_xor(hash(r)) FROM read_parquet({snapshot.files(RAW, slots)}) r")
        digest.update(repr(raw.fetchall()).encode())
    return snapshot.version, digest.hexdigest()


def importing(lake, file, **more):
    command = [sys.executable, "-m", "wattloop", "readings", "import", str(file), "--lake", str(lake)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


@pytest.fixture
def held(tmp_path):
    """A lake with a first file in it, and a second that overlaps it with other values."""
    write(tmp_path / "first.csv", "2026-03-01", 1)
    write(tmp_path / "second.csv", "2026-03-07", 2)
    lake = readings.open_lake(tmp_path / "lake")
    readings.import_file(lake, tmp_path / "first.csv")
    return lake, tmp_path / "second.csv"


def copy_of(lake, to):
    subprocess.run(["cp", "-r", str(lake.path), str(to)], check=True)
    return readings.open_lake(to)


def uninterrupted(lake, file, tmp_path):
    """The lake's contents before and after an import that nobody kills, and the seconds it takes."""
    before, whole = contents(lake), copy_of(lake, tmp_path / "whole")
    began = time.perf_counter()
    assert importing(whole.path, file).wait() == 0
    return before, contents(whole), time.perf_counter() - began


def test_an_import_killed_at_thirty_random_moments_leaves_the_lake_before_or_after(held, tmp_path):
    lake, file = held
    before, after, duration = uninterrupted(lake, file, tmp_path)
    assert after[0] == before[0] + 1
    chance = random.Random(30)
    seen = {"before": 0, "after": 0}
    for turn in range(TIMES):
        one = copy_of(lake, tmp_path / f"killed-{turn}")
        process = importing(one.path, file)
        # The first part of a run only starts Python: most kills fall where files are written.
        time.sleep(duration * chance.uniform(0.25, 1.05))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = contents(readings.open_lake(one.path))
        assert found in (before, after)
        seen["before" if found == before else "after"] += 1
        if turn % 5 == 0:
            assert importing(one.path, file).wait() == 0
            assert contents(one) == after
            assert not list((one.path / "_wattloop").glob("staging/*"))
        subprocess.run(["rm", "-rf", str(one.path)], check=True)
    assert seen["before"] > 0


def test_a_month_whose_folding_is_killed_is_read_as_it_was_and_folds_after_all(held, tmp_path):
    lake, file = held
    readings.import_file(lake, file)
    version, seen = contents(lake)
    command = [sys.executable, "-m", "wattloop", "readings", "fold", "2026-03", "--lake"]
    whole = copy_of(lake, tmp_path / "whole")
    began = time.perf_counter()
    subprocess.run([*command, str(whole.path)], check=True, capture_output=True)
    duration = time.perf_counter() - began
    assert contents(whole) == (version + 1, seen)
    chance = random.Random(31)
    for turn in range(8):
        one = copy_of(lake, tmp_path / f"folding-{turn}")
        process = subprocess.Popen([*command, str(one.path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(duration * chance.uniform(0.3, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert contents(readings.open_lake(one.path)) in ((version, seen), (version + 1, seen))
        if contents(one)[0] == version:
            assert readings.fold(one, "2026-03") > 0
        assert contents(one) == (version + 1, seen)
        subprocess.run(["rm", "-rf", str(one.path)], check=True)


def test_an_import_of_registers_that_is_killed_leaves_the_lake_before_or_after(held, tmp_path):
    lake, _ = held

    def seen(one):
        rows = readings.open_lake(one.path).snapshot().registers(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
        return len(rows), pc.sum(rows["quantity"]).as_py()

    file = tmp_path / "registers.csv"
    with file.open("w") as out:
        out.write("point,meter,register,from,to,last,this,multiplier\n")
        for p in range(50_000):
            out.write(f"P{p},M,active_in,2026-{p % 9 + 1:02}-01,2026-{p % 9 + 2:02}-01,1,{p + 2},1\n")
    whole = copy_of(lake, tmp_path / "whole")
    began = time.perf_counter()
    assert importing(whole.path, file).wait() == 0
    duration = time.perf_counter() - began
    after, chance = seen(whole), random.Random(32)
    assert after == (50_000, 50_000 * 50_001 // 2 * 1000)
    for turn in range(8):
        one = copy_of(lake, tmp_path / f"registers-{turn}")
        process = importing(one.path, file)
        time.sleep(duration * chance.uniform(0.5, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert seen(one) in ((0, None), after)
        assert importing(one.path, file).wait() == 0
        assert seen(one) == after
        readings.retain(one)
        assert seen(one) == after
        assert {str(f) for f in one.path.glob("registers/month=*/*.parquet")} <= one.snapshot().every_file()
        subprocess.run(["rm", "-rf", str(one.path)], check=True)


def little_room():
    """In a process about to start: no file grows above 200 kB, as on a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


@pytest.mark.parametrize("deed", ["import", "fold", "export"])
def test_a_full_disk_is_one_message_and_changes_nothing(held, tmp_path, deed):
    lake, file = held
    if deed != "import":
        readings.import_file(lake, file)
    before = contents(lake)
    what = {"import": file, "fold": "2026-03", "export": tmp_path / "out.csv"}[deed]
    command = [sys.executable, "-m", "wattloop", "readings", deed, str(what), "--lake", str(lake.path)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=little_room, check=False)
    assert done.returncode == 2
    assert "the disk is full" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert contents(lake) == before
    assert not list(tmp_path.glob("*out*"))


def test_a_lake_that_may_not_be_written_is_one_message(held, monkeypatch):
    lake, file = held
    before = contents(lake)

    def barred(*_given, **_told):
        raise DeltaError('Error: Os { code: 13, kind: PermissionDenied, message: "Permission denied" }')

    monkeypatch.setattr(tables, "append", barred)
    with pytest.raises(Refused, match="may not be written"):
        readings.import_file(lake, file)
    monkeypatch.undo()
    assert contents(lake) == before


def test_two_imports_at_once_both_arrive(tmp_path):
    write(tmp_path / "a.csv", "2026-03-01", 1, points=50)
    write(tmp_path / "b.csv", "2026-04-01", 2, points=50)
    lake = readings.open_lake(tmp_path / "lake")
    both = [importing(lake.path, tmp_path / name) for name in ("a.csv", "b.csv")]
    assert [p.wait() for p in both] == [0, 0]
    snapshot = lake.snapshot()
    assert snapshot.version == 2
    assert len(snapshot.to_arrow(96)) >= 2 * 50 * DAYS


def test_an_interrupted_import_leaves_the_lake_before_or_after(held, tmp_path):
    lake, file = held
    before, after, duration = uninterrupted(lake, file, tmp_path)
    seen = []
    for turn, part in enumerate((0.2, 0.5, 0.7, 0.85, 1.0)):
        one = copy_of(lake, tmp_path / f"interrupted-{turn}")
        process = importing(one.path, file)
        time.sleep(duration * part)
        process.send_signal(signal.SIGINT)
        process.communicate()
        seen.append(contents(readings.open_lake(one.path)))
        assert seen[-1] in (before, after)
        assert (seen[-1] == after) or process.returncode != 0
    assert before in seen
