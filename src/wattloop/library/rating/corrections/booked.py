"""What was booked: a folder with the lines of a bill run and of each correction, and what they follow from.

    booked/000000/  run.json, lines.parquet, exceptions.parquet, agreements.parquet   the bills as first made
    booked/000001/  run.json, lines.parquet, …                    what the first re-bill changed

A run is a folder that gets its name when all of it is on the disk: a killed process leaves the
booked folder as it was before, or as it is after. Nothing that is booked is ever rewritten.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from wattloop.library.lake import disk, lock
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.corrections import fingerprints

LINES, AGREEMENTS, RUN, EXCEPTIONS = "lines.parquet", "agreements.parquet", "run.json", "exceptions.parquet"


@dataclass(frozen=True)
class Record:
    """What a run was billed from.

    Args:
        number: 0 for the first run of the folder, then one more for each correction.
        lake: the lake's version.
        first, end: the span, the day `end` not in it, ISO 8601.
        bill: "month" or "span".
        each_point: whether there was no table of agreements, and each point was one.
        tariffs: {id: fingerprint}.
        population: the fingerprint of all agreements.
        table: that of the table they were given as, None where there was none: the same table needs no second look.
        bills, lines: how many.
        at: when, ISO 8601 in UTC.
    """

    number: int
    lake: int
    first: str
    end: str
    bill: str
    each_point: bool
    tariffs: dict[str, str]
    population: str
    table: str | None = None
    bills: int = 0
    lines: int = 0
    at: str = ""

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """First day, and the day after the last."""
        return dt.date.fromisoformat(self.first), dt.date.fromisoformat(self.end)


class Booked:
    """A folder of what was booked for one span of days.

    Raises:
        Refused: where there is none.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.runs = numbered(self.path)
        if not self.runs:
            raise Refused(f"nothing is booked in {path}", "Book bills into it: wattloop rate --booked FOLDER.")
        self.records = [Record(**json.loads((run / RUN).read_text(encoding="utf-8"))) for run in self.runs]

    @property
    def newest(self) -> Record:
        """The record of the newest run: as of which everything booked holds."""
        return self.records[-1]

    def agreements(self) -> pa.Table:
        """Whom the newest run knew, as `fingerprints.SCHEMA`."""
        known = [run / AGREEMENTS for run in self.runs if (run / AGREEMENTS).exists()]
        return pq.read_table(known[-1])

    def line_files(self) -> list[tuple[int, str]]:
        """The number of each run, and the file of its lines."""
        return [(record.number, str(run / LINES)) for record, run in zip(self.records, self.runs, strict=True)]

    def exceptions(self) -> pa.Table:
        """Of the newest run, as `exceptions.SCHEMA`."""
        return pq.read_table(self.runs[-1] / EXCEPTIONS)

    def lines(self) -> pa.Table:
        """All lines booked, the first run's and every correction's: `lines.schema`, `corrects` and `run`."""
        tables = []
        for number, file in self.line_files():
            table = pq.read_table(file)
            if "corrects" not in table.column_names:
                table = table.append_column("corrects", pa.nulls(len(table), pa.string()))
            tables.append(table.append_column("run", pa.array([number] * len(table), pa.int32())))
        return pa.concat_tables(tables, promote_options="permissive").unify_dictionaries()


def numbered(folder: Path) -> list[Path]:
    """The folders of the runs, in order."""
    return sorted(run for run in folder.glob("[0-9]*") if (run / RUN).exists()) if folder.is_dir() else []


@contextmanager
def booking(folder: Path) -> Iterator[Path]:
    """A folder for the next run, to be filled and then given to `keep`; only one at a time.

    Raises:
        Refused: where the disk is full or may not be written; what is booked is as it was.
    """
    with disk.told("nothing was booked"):
        folder.mkdir(parents=True, exist_ok=True)
        with lock.writing(folder / ".lock"):
            partial = folder / ".partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            try:
                yield partial
            finally:
                shutil.rmtree(partial, ignore_errors=True)


def keep(partial: Path, record: Record, exceptions: pa.Table, agreements: pa.Table | None) -> None:
    """Make a run that lies in a folder of `booking` one of those booked: all of it, or nothing.

    Args:
        partial: with the lines in it.
        record: what they were billed from.
        exceptions: what was not whole about them, as `exceptions.SCHEMA`.
        agreements: whom it knew, as `fingerprints.SCHEMA`; None where the run before knew the same.
    """
    if agreements is not None:
        pq.write_table(agreements.cast(fingerprints.SCHEMA), partial / AGREEMENTS, compression="zstd")
    pq.write_table(exceptions, partial / EXCEPTIONS, compression="zstd")
    said = {**asdict(record), "at": clock.now().isoformat(timespec="seconds")}
    (partial / RUN).write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
    for file in (*partial.iterdir(), partial):
        _sync(file)
    partial.rename(partial.parent / f"{record.number:06d}")
    _sync(partial.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
