"""What a re-bill of a few, and a what-if of many tariffs, cost against a run."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from wattloop.bench import adversary, population
from wattloop.bench.measures import THREADS, Population, Result, timed
from wattloop.library import rating, readings, tariffs
from wattloop.library.lake.snapshot import CORRECTIONS
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.dayrows import ACTIVE_IN, final_schema
from wattloop.library.tariffs.compiled import Tariff

CORRECTED, TRIED = 100, 20


def rebill_ratios(folder: Path, people: Population, rounds: int) -> list[Result]:
    """A re-bill of a hundred corrected agreements, side by side in the files and scattered, against their run."""
    lake, rng = readings.open_existing(people.snapshot.path), np.random.default_rng(11)
    count = min(CORRECTED, people.accounts // 4)
    chosen: dict[str, Callable[[], Any]] = {
        "side by side": lambda: rng.integers(0, people.accounts - count) + np.arange(count),
        "scattered": lambda: np.sort(rng.choice(people.accounts, count, replace=False)),
    }
    seconds: dict[str, list[float]] = {"run": [], **{name: [] for name in chosen}}
    names, number = population.names(people.accounts), itertools.count()
    for _ in range(rounds + 1):  # the first unmeasured: imports, caches
        booked = folder / f"booked-{next(number)}"
        snapshot = lake.snapshot()
        seconds["run"].append(timed(lambda to=booked, of=snapshot: _book(to, of, people)))  # type: ignore[misc]
        for name, choose in chosen.items():
            _correct(lake, [names[i] for i in choose().tolist()], people)
            seconds[name].append(timed(lambda to=booked: _rebill(to, lake, people)))  # type: ignore[misc]
        shutil.rmtree(booked)
    run = statistics.median(seconds["run"][1:])
    found = [Result("bills booked: run, lines, fingerprints", None, None, None, run, None)]
    for name in chosen:
        ratio = statistics.median(s / b for s, b in zip(seconds[name][1:], seconds["run"][1:], strict=True))
        middle = statistics.median(seconds[name][1:])
        found.append(Result(f"re-bill of {count} corrected, {name}", ratio, 0.15, ratio <= 0.15, middle, None))
    return found


def _book(folder: Path, snapshot: Any, people: Population) -> None:
    rating.book(
        folder, snapshot, people.demand, people.start, people.end, agreements=people.agreements, threads=THREADS
    )


def _rebill(folder: Path, lake: Lake, people: Population) -> None:
    rating.rebill(folder, lake, people.demand, agreements=people.agreements, threads=THREADS)


def _correct(lake: Lake, points: list[str], people: Population) -> None:
    """A corrected day of some points, as an import appends it."""
    slots, day = people.slots, people.start + dt.timedelta(days=people.days // 2)
    schema = final_schema(slots).append(pa.field("month", pa.string())).append(pa.field("revision", pa.int64()))
    values = np.random.default_rng(lake.snapshot().version).integers(0, 400, (len(points), slots)).astype(np.int32)
    rows = population.rows(pa.array(points), np.full(len(points), np.datetime64(day)), values)
    with lake.change() as change:
        revision = pa.array([change.before.version + 1] * len(rows), pa.int64())
        batches = rows.append_column("revision", revision).cast(schema).to_batches()
        reader = pa.RecordBatchReader.from_batches(schema, batches)
        change.append(CORRECTIONS, slots, reader, {ACTIVE_IN}, {f"{day:%Y-%m}"}, lambda: 400)
        change.commit()


def what_if_ratio(folder: Path, people: Population, rounds: int) -> list[Result]:
    """Twenty tariffs with as many calendars over everybody, summaries only, against a run of one of them."""
    tried = many(TRIED, people.slots)
    seconds: dict[str, list[float]] = {"one": [], "many": []}
    for _ in range(rounds + 1):
        seconds["one"].append(timed(lambda: _one(people, tried[0], folder / "one.parquet")))
        seconds["many"].append(
            timed(lambda: rating.what_if(people.snapshot, tried, people.start, people.end, threads=THREADS))
        )
    ratio = statistics.median(m / o for m, o in zip(seconds["many"][1:], seconds["one"][1:], strict=True))
    one, several = (statistics.median(seconds[name][1:]) for name in ("one", "many"))
    return [
        Result("run of one tariff", None, None, None, one, people.readings / one),
        Result(f"what-if of {TRIED} tariffs", ratio, 12.0, ratio <= 12, several, TRIED * people.readings / several),
    ]


def _one(people: Population, tariff: Tariff, out: Path) -> None:
    rating.run(people.snapshot, [tariff], people.start, people.end, out=out, threads=THREADS)


def many(count: int, slots: int) -> list[Tariff]:
    """Tariffs of five periods, each with a calendar of its own; every fifth bills a maximum in every period."""
    step = 24 * 60 // min(slots, 96)
    rng = np.random.default_rng(17)
    edges = np.arange(1, 24 * 60 // step) * step
    found = []
    for at in range(count):
        days = [{"when": when, **adversary.hours(rng, edges)} for when in ("weekdays", "always")]
        plain: dict[str, Any] = {
            "id": f"tried-{at}",
            "name": f"Tried {at}",
            "valid_from": "2026-01-01",
            "currency": "CNY",
            "calendar": {"periods": {p: p for p in adversary.PERIODS}, "days": days},
            "energy": {"prices": {p: f"{0.30 + 0.13 * i + 0.01 * at:.2f}" for i, p in enumerate(adversary.PERIODS)}},
        }
        if at % 5 == 4:
            prices = {p: f"{2 + i}.5" for i, p in enumerate(adversary.PERIODS)}
            plain["demand"] = [{"id": "peak-demand", "prices": prices}]
        found.append(tariffs.from_plain(plain))
    return found
