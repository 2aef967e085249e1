"""A file's day-rows set down in the lake's staging folder, and handed on some whole points at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wattloop.library.quantity.dayrows import raw_schema
from wattloop.library.readings.long_form import RESTART, Progress, Tally, read_long
from wattloop.library.readings.recognise import Recognised
from wattloop.library.readings.wide_form import read_wide

GROUP = 30_000  # day-rows a batch of points is made of, at least


@dataclass
class Staged:
    """Day-rows set down: `path` is a Parquet file, `tally` what was met on the way."""

    path: Path
    tally: Tally
    slots: int
    first: int
    last: int
    days: int


def stage(
    found: Recognised, *, offset: int, zone: str | None, folder: Path, channel: str, progress: Progress | None = None
) -> Staged:
    """Read a recognised file into a Parquet file of raw day-rows, in bounded memory.

    Args:
        found: the file.
        offset, zone: of the lake and of the stamps, as for `read_long`.
        folder: the staging folder.
        channel: the channel of all its readings.
        progress: told how far reading is.

    Raises:
        Refused: what the readers refuse.
    """
    tally = Tally()
    tables = (
        read_wide(found, offset=offset, zone=zone, staging=folder, tally=tally, progress=progress)
        if found.shape == "wide"
        else read_long(found, offset=offset, zone=zone, staging=folder, tally=tally, progress=progress)
    )
    path = folder / "arrived.parquet"
    writer: pq.ParquetWriter | None = None
    staged = Staged(path, tally, found.slots, 2**31, -(2**31), 0)
    try:
        for table in tables:
            if table is RESTART:
                if writer is not None:
                    writer.close()
                writer, staged.first, staged.last, staged.days = None, 2**31, -(2**31), 0
                continue
            staged.slots = found.slots
            if writer is None:
                writer = pq.ParquetWriter(path, raw_schema(found.slots), compression="lz4", use_dictionary=["point"])
            if channel != "active_in":
                named = pa.array([channel] * len(table), pa.string())
                table = table.set_column(1, "channel", named)  # noqa: PLW2901
            day = np.asarray(table["day"]).astype("datetime64[D]").astype(np.int64)
            staged.first, staged.last = min(staged.first, int(day.min())), max(staged.last, int(day.max()))
            staged.days += len(table)
            writer.write_table(table, row_group_size=GROUP)
    finally:
        if writer is not None:
            writer.close()
    return staged


def whole_points(staged: Staged) -> Iterator[pa.Table]:
    """The staged rows in batches that never part a point's days."""
    rest: list[pa.Table] = []
    held = 0
    for batch in pq.ParquetFile(staged.path).iter_batches(GROUP):
        rest.append(pa.Table.from_batches([batch]))
        held += batch.num_rows
        if held < GROUP:
            continue
        table = pa.concat_tables(rest)
        last = table["point"][len(table) - 1].as_py()
        cut = pc.index(table["point"], last).as_py()
        if cut > 0:
            yield table.slice(0, cut)
            table = table.slice(cut)
        rest, held = [table], len(table) if cut > 0 else 0
    if rest:
        table = pa.concat_tables(rest)
        if len(table):
            yield table


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
