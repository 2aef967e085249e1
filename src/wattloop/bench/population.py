"""Day-rows for the benchmark: any number of points, quickly, with shapes that compress like real ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.lake.snapshot import INTERVALS
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.dayrows import ACTIVE_IN, final_schema, from_matrix

FIRST_DAY = dt.date(2026, 9, 1)
_CHUNK = 2_000


def names(accounts: int) -> list[str]:
    """Point names, in order."""
    return [f"P{i:08d}" for i in range(accounts)]


def fill(lake: Lake, accounts: int, days: int, slots: int, seed: int = 7) -> None:
    """Put final day-rows straight into a lake: what is measured is rating, not importing."""
    put(lake, _blocks(accounts, days, slots, seed), days, slots)


Block = tuple[pa.Array, npt.NDArray[np.int32]]
"""Points, and int32[points × days, slots] Wh."""


def put(lake: Lake, blocks: Iterable[Block], days: int, slots: int, channel: str = ACTIVE_IN) -> None:
    """Append readings of one channel to a lake, from the first day on, as an import does."""
    schema = final_schema(slots).append(pa.field("month", pa.string()))
    day = np.arange(np.datetime64(FIRST_DAY), np.datetime64(FIRST_DAY) + days)
    largest = [0]

    def batches() -> Iterator[pa.RecordBatch]:
        for points, values in blocks:
            largest[0] = max(largest[0], int(values.max()))
            each = points.take(pa.array(np.repeat(np.arange(len(points)), days)))
            yield from rows(each, np.tile(day, len(points)), values, channel).cast(schema).combine_chunks().to_batches()

    with lake.change() as change:
        reader = pa.RecordBatchReader.from_batches(schema, batches())
        change.append(INTERVALS, slots, reader, {channel}, set(_months(day)), lambda: largest[0])
        change.commit()


def rows(
    points: pa.Array, day: npt.NDArray[np.datetime64], values: npt.NDArray[np.int32], channel: str = ACTIVE_IN
) -> pa.Table:
    """Final day-rows without marks, with the month they are stored by."""
    table = from_matrix(points, day, values, channel=channel)
    for name in ("estimated", "edited"):
        table = table.append_column(name, pa.nulls(len(table), pa.binary()))
    return table.append_column("month", pa.array(_months(day)))


def _months(day: npt.NDArray[np.datetime64]) -> list[str]:
    found: list[str] = day.astype("datetime64[M]").astype(str).tolist()
    return found


def _blocks(accounts: int, days: int, slots: int, seed: int) -> Iterator[Block]:
    shape = (100 + 80 * np.sin(np.arange(slots) / slots * 2 * np.pi - 2)).astype(np.float32) * (96 / slots)
    for first in range(0, accounts, _CHUNK):
        count = min(_CHUNK, accounts - first)
        rng = np.random.default_rng([seed, first])
        size = rng.gamma(2, 0.5, (count, 1, 1)).astype(np.float32)
        noise = rng.standard_gamma(3, (count, days, slots), np.float32) / 3
        values = (shape * size * noise).astype(np.int32).reshape(-1, slots)
        yield pa.array([f"P{i:08d}" for i in range(first, first + count)]), values
