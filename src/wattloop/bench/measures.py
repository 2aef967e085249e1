"""What the benchmark measures: each a ratio against the bare scan or the plain copy, interleaved, median of several."""

from __future__ import annotations

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from wattloop.bench import adversary, population
from wattloop.library import rating, readings
from wattloop.library.lake.snapshot import INTERVALS, Snapshot
from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.rating.measuring import engine
from wattloop.library.tariffs.compiled import Tariff

THREADS = 2


@dataclass
class Result:
    """One line of the benchmark: `met` is None where there is no bound."""

    name: str
    ratio: float | None
    bound: float | None
    met: bool | None
    seconds: float
    readings_per_second: float | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def timed(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bare_scan(snapshot: Snapshot, slots: int) -> None:
    """sum(v00 + … ) per point over the same files on the same threads."""
    files = snapshot.files(INTERVALS, slots)
    first, *others = slot_names(slots)
    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}")
    total = "+".join([f"{first}::BIGINT", *others])
    listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
    con.execute(f"CREATE TABLE r AS SELECT point, sum({total}) FROM read_parquet([{listed}]) GROUP BY point")
    con.close()


class Population:
    """A lake of day-rows, the tariffs on it, and the span."""

    def __init__(self, folder: Path, accounts: int, days: int, slots: int) -> None:
        self.accounts, self.days, self.slots = accounts, days, slots
        lake = readings.open_lake(folder / f"lake-{accounts}")
        if not lake.snapshot().version:
            population.fill(lake, accounts, days, slots)
        self.snapshot = lake.snapshot()
        self.start = population.FIRST_DAY
        self.end = self.start + dt.timedelta(days=days)
        self.plain = adversary.adversarial(slots, demand=False)
        self.demand = adversary.adversarial(slots, demand=True)
        self.agreements = adversary.assignment(accounts, self.plain)
        self.out = folder / "lines.parquet"

    @property
    def readings(self) -> int:
        """How many readings are scanned."""
        return self.accounts * self.days * self.slots

    def determinants(self, tariffs: list[Tariff]) -> None:
        """Phase one alone."""
        con = engine.duckdb(threads=THREADS)
        rating.determinants_of(self.snapshot, tariffs, self.start, self.end, agreements=self.agreements, con=con)
        con.disconnect()

    def whole_run(self) -> None:
        """Determinants, lines, checks, and the lines written."""
        rating.run(
            self.snapshot, self.demand, self.start, self.end, agreements=self.agreements, out=self.out, threads=THREADS
        )


def rating_ratios(people: Population, rounds: int) -> list[Result]:
    """Energy, energy with maxima, and the whole run, each against the bare scan."""
    work: dict[str, tuple[Callable[[], None], float | None]] = {
        "bare scan": (lambda: bare_scan(people.snapshot, people.slots), None),
        "energy determinants, six calendars": (lambda: people.determinants(people.plain), 1.75),
        "with maximum demand where billed": (lambda: people.determinants(people.demand), 2.75),
        "whole bill run": (people.whole_run, 4.0),
    }
    for run, _ in work.values():
        run()  # once unmeasured: imports, caches
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, (run, _) in work.items():
            seconds[name].append(timed(run))
    base = seconds["bare scan"]
    found = []
    for name, (_, bound) in work.items():
        middle = statistics.median(seconds[name])
        ratio = statistics.median(s / b for s, b in zip(seconds[name], base, strict=True))
        found.append(
            Result(
                name,
                ratio if bound else None,
                bound,
                None if bound is None else ratio <= bound,
                middle,
                people.readings / middle,
            )
        )
    return found


def memory_growth(folder: Path, accounts: int, days: int, slots: int) -> list[Result]:
    """Peak memory of a run over all the accounts against a quarter of them, each in a process of its own."""
    peaks = []
    for count in (accounts // 4, accounts):
        Population(folder, count, days, slots)
        code = (
            "import sys; from pathlib import Path; from wattloop.bench.measures import peak_memory, run_alone; "
            "run_alone(Path(sys.argv[1]), *map(int, sys.argv[2:])); print(peak_memory())"
        )
        said = subprocess.run(
            [sys.executable, "-c", code, str(folder), str(count), str(days), str(slots)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        peaks.append(int(said.stdout.split()[-1]) / 1024)
    ratio = peaks[1] / peaks[0]
    name = f"memory of a run, {accounts:,} against {accounts // 4:,} accounts ({peaks[1]:,.0f} MiB)"
    return [Result(name, ratio, 1.2, ratio <= 1.2, 0.0, None)]


def peak_memory() -> int:
    """The most memory this process has held, in KiB; what getrusage says would count its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0])


def run_alone(folder: Path, accounts: int, days: int, slots: int) -> None:
    """One whole run on a lake that is there, for measuring its memory."""
    snapshot = readings.open_existing(folder / f"lake-{accounts}").snapshot()
    known = adversary.adversarial(slots, demand=True)
    start = population.FIRST_DAY
    rating.run(
        snapshot, known, start, start + dt.timedelta(days=days), agreements=adversary.assignment(accounts, known),
        out=folder / "alone.parquet", threads=THREADS,
    )  # fmt: skip


def import_ratios(folder: Path, rows: int, rounds: int) -> list[Result]:
    """Import of long CSV, sorted by point and shuffled, against DuckDB's own copy of it to Parquet."""
    points, days = max(1, rows // (30 * 96)), 30
    con = duckdb.connect()
    con.execute("SELECT setseed(0.5)")
    made = f"""SELECT printf('P%07d', p) AS point, TIMESTAMP '2026-09-01' + to_minutes(CAST(15 * i AS BIGINT)) AS start,
               round(random() * 0.8, 3) AS kwh FROM range({points}) a(p), range({days * 96}) b(i)"""
    files = {"sorted by point": folder / "sorted.csv", "shuffled": folder / "shuffled.csv"}
    con.execute(f"COPY ({made} ORDER BY p, i) TO '{files['sorted by point']}' (HEADER)")
    shuffled = f"SELECT * FROM read_csv('{files['sorted by point']}') ORDER BY random()"
    con.execute(f"COPY ({shuffled}) TO '{files['shuffled']}' (HEADER)")
    con.close()
    found = []
    for (name, file), bound in zip(files.items(), (0.5, 0.2), strict=True):
        ratios, seconds = [], []
        for _ in range(rounds):
            copied = timed(lambda file=file: _copy(file, folder / "copy.parquet"))  # type: ignore[misc]
            with tempfile.TemporaryDirectory(dir=folder) as lake:
                taken = timed(lambda file=file, lake=lake: readings.import_file(readings.open_lake(lake), file))  # type: ignore[misc]
            ratios.append(copied / taken)
            seconds.append(taken)
        ratio, middle = statistics.median(ratios), statistics.median(seconds)
        label = f"import of long CSV, {name}, speed against a plain copy"
        found.append(Result(label, ratio, bound, ratio >= bound, middle, points * days * 96 / middle))
    return found


def _copy(file: Path, to: Path) -> None:
    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}")
    con.execute(f"COPY (SELECT * FROM read_csv('{file}')) TO '{to}' (FORMAT parquet)")
    con.close()
