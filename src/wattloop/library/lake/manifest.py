"""The manifest: which versions of the lake's tables belong together, one small file per lake version.

Files and not a table of their own: a hard link of a synced file is atomic on every
file system, leaves nothing half-written, and a person can read it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Manifest:
    """One version of the lake.

    Args:
        version: 0 for an empty lake, one more with each change.
        zone: IANA zone of the lake's standard time, None where nobody said.
        offset: minutes of it east of UTC.
        tables: {table: {"version": Delta version, "channels": [...], "months": [...]}}.
        imported: what this version took in: file, sha256, options, counts.
        at: when, ISO 8601 in UTC.
    """

    version: int
    zone: str | None
    offset: int
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    imported: dict[str, Any] | None = None
    at: str = ""


def read(folder: Path, version: int | None = None) -> Manifest | None:
    """The manifest of a version, the newest by default; None where there is none."""
    if version is None:
        versions = all_versions(folder)
        if not versions:
            return None
        version = versions[-1]
    path = folder / f"{version:08d}.json"
    if not path.exists():
        return None
    return Manifest(**json.loads(path.read_text(encoding="utf-8")))


def all_versions(folder: Path) -> list[int]:
    """Every version there is, in order."""
    return sorted(int(p.stem) for p in folder.glob("[0-9]*.json"))


def write(folder: Path, manifest: Manifest) -> None:
    """Make a version true, all of it or nothing.

    Raises:
        FileExistsError: where another writer made that version first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{manifest.version:08d}.json"
    partial = folder / f".{manifest.version:08d}.{os.getpid()}.partial"
    try:
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(manifest), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, final)
    finally:
        partial.unlink(missing_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
