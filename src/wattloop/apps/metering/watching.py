"""Watched folders: a file that has stopped growing is taken into the lake, once, and moved away with what became of it.

The order makes a kill harmless at any point: the file is noted, taken into the lake (all of it or nothing, and the
lake knows by its digest that it has it), noted as taken, moved. Whatever was not done yet is done the next time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from wattloop.apps.metering.models import ReadingFile, Source
from wattloop.apps.metering.services import note_arrival, note_outcome
from wattloop.apps.records.actors import System
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

STILL_SECONDS = 5
TAKEN, REFUSED = "taken", "refused"
_ENDINGS = (".csv", ".parquet", ".xml", ".xlsx", ".txt")
_BY = System("watching")


def look(source: Source, keep_on: Callable[[], None] = lambda: None) -> int:
    """Take what lies in a source's folder.

    Args:
        source: an active one.
        keep_on: called between files; raises where the job is to stop.

    Returns:
        How many files were taken or refused.
    """
    folder = Path(source.folder)
    problem = _unusable(folder)
    Source.objects.filter(pk=source.pk).update(looked_at=clock.now(), problem=problem)
    if problem:
        return 0
    count = 0
    for path in _whole_files(folder):
        keep_on()
        _take(source, path)
        count += 1
    return count


def _unusable(folder: Path) -> str:
    if not folder.is_dir():
        return f"{folder} is not there"
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return f"{folder} may not be read and written"
    return ""


def _whole_files(folder: Path) -> Iterator[Path]:
    """Files that nobody writes to any more, oldest first; hidden ones and half-written `.part` files wait."""
    now = clock.now().timestamp()
    found = []
    for entry in os.scandir(folder):
        if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
            continue
        if Path(entry.name).suffix.lower() not in _ENDINGS:
            continue
        stat = entry.stat(follow_symlinks=False)
        if now - stat.st_mtime >= STILL_SECONDS:
            found.append((stat.st_mtime, entry.name))
    yield from (folder / name for _, name in sorted(found))


def _take(source: Source, path: Path) -> None:
    try:
        size, digest = path.stat().st_size, digest_of(path)
    except OSError:
        return  # somebody took it away
    noted = note_arrival(source, name=path.name, digest=digest, size=size, by=_BY)
    if noted.state == ReadingFile.State.TAKEN:
        _move(path, TAKEN, digest)
        return
    noted = take_into_lake(noted, path, source.options)
    if noted.state == ReadingFile.State.TAKEN:
        _move(path, TAKEN, digest)
    else:
        moved = _move(path, REFUSED, digest)
        if moved is not None:
            moved.with_name(f"{moved.name}.reason.txt").write_text(f"{noted.problem}\n", encoding="utf-8")


def take_into_lake(noted: ReadingFile, path: Path, options: dict[str, str]) -> ReadingFile:
    """Take a file into the lake and note what became of it; a lake that has it already stays as it is.

    Args:
        noted: the file's entry.
        path: where it lies.
        options: of `readings.import_file`.
    """
    from wattloop.apps.metering.lake import open_lake
    from wattloop.library.readings import import_file

    lake = open_lake()
    try:
        report = import_file(lake, path, **options)  # type: ignore[arg-type]
    except Refused as refused:
        return note_outcome(noted, by=_BY, problem=str(refused))
    told = report.as_dict()
    if not report.rows:
        # It was taken before somebody could note it: what the lake noted then is the report.
        known = [held for held in lake.imports() if held.imported and held.imported["sha256"] == noted.digest]
        told |= {**known[-1].imported, "version": known[-1].version} if known and known[-1].imported else {}
    return note_outcome(noted, by=_BY, report=told)


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move(path: Path, place: str, digest: str) -> Path | None:
    """Move a file into a folder beside it; one of that name gets a part of its digest before the ending."""
    folder = path.parent / place
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    if target.exists():
        target = folder / f"{path.stem}.{digest[:8]}{path.suffix}"
    try:
        return path.replace(target)
    except FileNotFoundError:
        return None
