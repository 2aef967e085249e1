"""Day-rows for the benchmark: any number of points, quickly, with shapes that compress like real ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
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
    schema = final_schema(slots).append(pa.field("month", pa.string()))
    months = {str(np.datetime64(FIRST_DAY + dt.timedelta(days=i), "M")) for i in range(days)}
    largest = [0]
    with lake.change() as change:
        reader = pa.RecordBatchReader.from_batches(schema, _batches(accounts, days, slots, seed, schema, largest))
        change.append(INTERVALS, slots, reader, {ACTIVE_IN}, months, lambda: largest[0])
        change.commit()


def _batches(
    accounts: int, days: int, slots: int, seed: int, schema: pa.Schema, largest: list[int]
) -> Iterator[pa.RecordBatch]:
    day = np.arange(np.datetime64(FIRST_DAY), np.datetime64(FIRST_DAY) + days)
    month = pa.array([str(m) for m in day.astype("datetime64[M]")])
    shape = (100 + 80 * np.sin(np.arange(slots) / slots * 2 * np.pi - 2)).astype(np.float32) * (96 / slots)
    for first in range(0, accounts, _CHUNK):
        count = min(_CHUNK, accounts - first)
        rng = np.random.default_rng([seed, first])
        size = rng.gamma(2, 0.5, (count, 1, 1)).astype(np.float32)
        noise = rng.standard_gamma(3, (count, days, slots), np.float32) / 3
        values = (shape * size * noise).astype(np.int32).reshape(-1, slots)
        largest[0] = max(largest[0], int(values.max()))
        points = pa.array([f"P{i:08d}" for i in range(first, first + count)])
        table = from_matrix(points.take(pa.array(np.repeat(np.arange(count), days))), np.tile(day, count), values)
        rows = len(table)
        table = table.append_column("estimated", pa.nulls(rows, pa.binary()))
        table = table.append_column("edited", pa.nulls(rows, pa.binary()))
        table = table.append_column("month", month.take(pa.array(np.tile(np.arange(days), count))))
        yield from table.cast(schema).combine_chunks().to_batches()
