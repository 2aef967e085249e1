"""A file's day-rows set down in the lake's staging folder, and handed on some whole points at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.espi_form import read_espi
from wattloop.library.readings.espi_words import FORMAT
from wattloop.library.readings.long_form import RESTART, read_long
from wattloop.library.readings.pivot import Tally
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.report import Progress
from wattloop.library.readings.spool import Spool
from wattloop.library.readings.wide_form import read_wide

_BLOCK = 1 << 20
GROUP = 30_000  # day-rows a batch of points is made of, at least


@dataclass
class Staged:
    """Day-rows of one channel and interval set down in `rows`, with bitmaps of what arrived `estimated` or `edited`.

    `tally` is what was met on the way, `first` and `last` days since 1970-01-01.
    """

    rows: Spool
    tally: Tally
    slots: int
    channel: str
    first: int = 2**31
    last: int = -(2**31)

    def add(self, table: pa.Table) -> None:
        """Set some rows down."""
        day = np.asarray(table["day"]).astype("datetime64[D]").astype(np.int64)
        self.first, self.last = min(self.first, int(day.min())), max(self.last, int(day.max()))
        for name in ("estimated", "edited"):
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(len(table), pa.binary()))
        self.rows.add(table)


def stage(
    found: Recognised, *, offset: int, zone: str | None, folder: Path, channel: str, progress: Progress | None = None
) -> list[Staged]:
    """Read a recognised file into spools of raw day-rows, one for each channel and interval in it.

    Args:
        found: the file.
        offset, zone: of the lake and of the stamps, as for `read_long`.
        folder: the staging folder.
        channel: the channel of all its readings; a Green Button file says its channels itself.
        progress: told how far reading is.

    Raises:
        Refused: what the readers refuse.
    """
    if found.format == FORMAT:
        parts = []
        for slots, name, met, rows in read_espi(found, offset=offset, progress=progress):
            parts.append(Staged(Spool(folder / f"arrived_{slots}_{name}.arrow"), met, slots, name))
            try:
                for table in rows:
                    parts[-1].add(table)
            finally:
                parts[-1].rows.close()
        return parts
    tally = Tally()
    tables = (
        read_wide(found, offset=offset, zone=zone, staging=folder, tally=tally, progress=progress)
        if found.shape == "wide"
        else read_long(found, offset=offset, zone=zone, staging=folder, tally=tally, progress=progress)
    )
    staged = Staged(Spool(folder / "arrived.arrow"), tally, found.slots, channel)
    try:
        for table in tables:
            if table is RESTART:
                staged.rows.drop()
                staged.first, staged.last = Staged.first, Staged.last
                continue
            staged.slots = found.slots
            if channel != ACTIVE_IN:
                named = pa.array([channel] * len(table), pa.string())
                table = table.set_column(1, "channel", named)  # noqa: PLW2901
            staged.add(table)
    finally:
        staged.rows.close()
    return [staged]


def whole_points(staged: Staged) -> Iterator[pa.Table]:
    """The staged rows in batches that never part a point's days."""
    rest: list[pa.Table] = []
    held = 0
    for batch in staged.rows.batches():
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


@contextmanager
def fingerprinting(path: Path) -> Iterator[Callable[[], str]]:
    """SHA-256 of a file, taken beside other work; the value waits for it. Leaving gives it up."""
    enough = Event()
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(_fingerprint, path, enough)
        try:
            yield taken.result
        finally:
            enough.set()


def state_of(path: Path) -> tuple[int, ...]:
    """What tells a file from itself after a change; nothing of one that is not there."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def check_unchanged(path: Path, before: tuple[int, ...]) -> None:
    """Refuse a file that is not what it was, as it is read more than once.

    Raises:
        Refused: where it changed or vanished.
    """
    if state_of(path) != before:
        raise Refused(
            "the file changed or vanished while it was read", "Import it once it is whole.", file=str(path)
        ) from None


def _fingerprint(path: Path, enough: Event) -> str:
    found = hashlib.sha256()
    if not path.is_file():
        return ""  # refused elsewhere; opening a pipe would wait for ever
    # A file that vanishes here is told by `check_unchanged`.
    with suppress(FileNotFoundError), path.open("rb") as file:
        while not enough.is_set() and (block := file.read(_BLOCK)):
            found.update(block)
    return found.hexdigest()
