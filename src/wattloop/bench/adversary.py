"""The tariffs of the benchmark: six calendars with thirteen patterns whose boundaries cut the day into 32 blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from wattloop.bench.population import names
from wattloop.library import tariffs
from wattloop.library.tariffs.compiled import Tariff

PERIODS = ("sharp", "peak", "flat", "valley", "deep")
BILLED_FOR_DEMAND = (4, 5)  # of the six, the industrial third


def adversarial(slots: int, *, demand: bool) -> list[Tariff]:
    """Six tariffs: weekday and weekend patterns each, and a holiday pattern for one."""
    step = 24 * 60 // min(slots, 96)
    rng = np.random.default_rng(3)
    edges = np.sort(rng.choice(np.arange(1, 24 * 60 // step), min(31, 24 * 60 // step - 1), replace=False)) * step
    found = []
    for at in range(6):
        days: list[dict[str, Any]] = []
        if at == 5:
            days.append({"when": ["2026-09-25", "2026-09-26", "2026-09-27"], **hours(rng, edges)})
        days += [{"when": "weekdays", **hours(rng, edges)}, {"when": "always", **hours(rng, edges)}]
        prices = {p: f"{0.30 + 0.13 * i + 0.01 * at:.2f}" for i, p in enumerate(PERIODS)}
        plain: dict[str, Any] = {
            "id": f"adversary-{at}",
            "name": f"Adversary {at}",
            "valid_from": "2026-01-01",
            "currency": "CNY",
            "calendar": {"periods": {p: p for p in PERIODS}, "days": days},
            "energy": {"prices": prices},
        }
        if at % 2:
            plain["tiers"] = {
                "over": "month",
                "pooling": "pro-rata",
                "steps": [{"up-to": "200 kWh"}, {"up-to": "400 kWh", "add": "0.05"}, {"add": "0.30"}],
            }
        if demand and at in BILLED_FOR_DEMAND:
            plain["demand"] = [{"id": "peak-demand", "prices": {p: f"{4 + i}.5" for i, p in enumerate(PERIODS)}}]
        found.append(tariffs.from_plain(plain))
    return found


def hours(rng: np.random.Generator, edges: Any) -> dict[str, Any]:
    """Eight spells of the five periods over the day, at some of the edges, every period in it."""
    inner = np.sort(rng.choice(edges, min(9, len(edges)), replace=False))
    bounds = [0, *inner.tolist(), 24 * 60]
    order = [*rng.permutation(len(PERIODS)).tolist()]
    while len(order) < len(bounds) - 1:
        order.append(int(rng.choice([p for p in range(len(PERIODS)) if p != order[-1]])))
    hours: dict[str, Any] = {p: [] for p in PERIODS}
    for period, lo, hi in zip(order, bounds, bounds[1:], strict=False):
        hours[PERIODS[period]].append(f"{lo // 60:02d}:{lo % 60:02d}-{hi // 60:02d}:{hi % 60:02d}")
    return {p: spans for p, spans in hours.items() if spans}


def assignment(accounts: int, known: list[Tariff]) -> pa.Table:
    """Every point an agreement under one of the tariffs, dealt out at random."""
    which = np.random.default_rng(5).integers(0, len(known), accounts)
    points = pa.array(names(accounts))
    ids = pa.array([t.id for t in known]).take(pa.array(which))
    return pa.table({"agreement": points, "point": points, "tariff": ids})
