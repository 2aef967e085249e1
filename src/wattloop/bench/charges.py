"""A run of everyday Chinese charges: factories, commerce and households, some of them with changes inside the month."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.bench import population
from wattloop.bench.measures import THREADS, Population, Result, bare_scan, timed
from wattloop.example import ENTERPRISE
from wattloop.library import rating, readings, tariffs
from wattloop.library.tariffs.compiled import Tariff

FACTORIES, COMMERCE, HOUSEHOLDS = "industrial-two-part-10kv", "commercial-single-part", "residential-seasonal"
METHODS = ("by-capacity", "by-contract", "by-actual")
EVERY, CHANGING = 10, 0.03  # one in ten is a factory; of all, so many have a new customer inside the month
REACTIVE = "reactive_in"
_CHUNK = 2_000


def charges_ratio(folder: Path, accounts: int, days: int, rounds: int) -> list[Result]:
    """A whole run in which a tenth is billed for demand or capacity, power factor, funds and VAT, against the scan."""
    people = Population(folder, accounts, days, 96)
    lake = readings.open_existing(people.snapshot.path)
    if not lake.snapshot().slot_counts(REACTIVE):
        population.put(lake, _reactive(accounts, days), days, 96, REACTIVE)
    snapshot, known, made = lake.snapshot(), example_tariffs(), agreements(accounts, days)

    def run() -> None:
        rating.run(snapshot, known, people.start, people.end, agreements=made, out=people.out, threads=THREADS)

    run()  # once unmeasured: imports, caches
    scans, runs = [], []
    for _ in range(rounds):
        scans.append(timed(lambda: bare_scan(snapshot, 96)))
        runs.append(timed(run))
    ratio = statistics.median(r / s for r, s in zip(runs, scans, strict=True))
    middle, scan = statistics.median(runs), statistics.median(scans)
    return [
        Result("bare scan, with the factories' reactive energy", None, None, None, scan, people.readings / scan),
        Result("whole bill run, everyday Chinese charges", ratio, 4.0, ratio <= 4, middle, people.readings / middle),
    ]


def example_tariffs() -> list[Tariff]:
    """All versions of three tariffs of the example enterprise."""
    files = [ENTERPRISE / "tariffs" / f"{name}.yaml" for name in (FACTORIES, COMMERCE, HOUSEHOLDS)]
    return [version for file in files for version in tariffs.load_versions(file)]


def agreements(accounts: int, days: int) -> pa.Table:
    """A tenth factories, by each method in turn, a fifth commerce, else households; some with a second customer."""
    rng, each = np.random.default_rng(1), np.arange(accounts)
    first_day = np.datetime64(population.FIRST_DAY)
    changed = np.sort(rng.choice(accounts, int(accounts * CHANGING) if days > 1 else 0, replace=False))
    who = np.concatenate([each, changed])
    later = np.arange(len(who)) >= accounts
    start = np.where(later, first_day + rng.integers(1, max(days, 2), len(who)), np.datetime64("2020-01-01"))
    factory, name = who % EVERY == 0, pa.array(population.names(accounts)).take(pa.array(who))
    tariff = np.where(factory, FACTORIES, np.where(who % EVERY < 3, COMMERCE, HOUSEHOLDS))

    def of_factories(values: npt.NDArray[Any] | str | float) -> pa.Array:
        return pa.array(np.broadcast_to(values, len(who)), mask=~factory)

    return pa.table(
        {
            "agreement": name,
            "point": name,
            "tariff": pa.array(tariff),
            "valid-from": pa.array(start),
            "capacity-kva": of_factories(np.where(later, 800.0, 630.0)),
            "contract-kw": of_factories(300.0),
            "demand-method": of_factories(np.array(METHODS)[who // EVERY % 3]),
            "class": of_factories("industrial-commercial"),
            "market": of_factories("agency-purchase"),
            "customer": pa.array(np.where(later, "second", "first")),
        }
    )


def _reactive(accounts: int, days: int) -> Iterator[population.Block]:
    names = pa.array(population.names(accounts)[::EVERY])
    for first in range(0, len(names), _CHUNK):
        some, rng = names.slice(first, _CHUNK), np.random.default_rng([2, first])
        yield some, rng.integers(0, 60, (len(some) * days, 96)).astype(np.int32)
