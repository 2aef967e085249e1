"""Rows kept on disk until it is their turn: an Arrow file, written and read back at the speed of copying."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

TOGETHER = 13
"""Months that are written at once, a year with its edges: a table's writer holds a file open for each, at 2 to 6 MB, of
which the allocator gives back little."""


class Spool:
    """Tables of one schema set down in a file, and read back in their order without holding them in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pa.ipc.RecordBatchFileWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Set some rows down."""
        if self._writer is None:
            self._writer = pa.ipc.new_file(self.path, table.schema)
        self._writer.write_table(table)

    def close(self) -> bool:
        """Finish the file; whether there are rows in it."""
        if self._writer is not None:
            self._writer.close()
        return self._writer is not None

    def drop(self) -> None:
        """Forget what was set down so far."""
        self.close()
        self._writer = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """What was set down, after `close`."""
        if self._writer is None:
            return
        with pa.memory_map(str(self.path)) as source:
            reader = pa.ipc.open_file(source)
            for at in range(reader.num_record_batches):
                yield reader.get_batch(at)


def some_months(
    batches: Iterable[pa.RecordBatch], first: dt.date, last: dt.date, path: Path
) -> Iterator[Iterable[pa.RecordBatch]]:
    """Rows of at most `TOGETHER` months at a time, in their order; those of more wait on disk for their turn.

    Args:
        batches: rows with a `day`.
        first, last: days, both included, between which all rows lie.
        path: where they wait, with a number added to the name.
    """
    turns = (_months(last) - _months(first)) // TOGETHER + 1
    if turns == 1:
        yield batches
        return
    spools = [Spool(path.with_name(f"{path.name}_{n}")) for n in range(turns)]
    try:
        for batch in batches:
            turn = (np.asarray(batch["day"]).astype("datetime64[M]").astype(np.int64) - _months(first)) // TOGETHER
            for n in np.unique(turn):
                spools[n].add(pa.Table.from_batches([batch.filter(pa.array(turn == n))]))
    finally:
        there = [spool for spool in spools if spool.close()]
    for spool in there:
        yield spool.batches()


def _months(day: dt.date) -> int:
    return (day.year - 1970) * 12 + day.month - 1
