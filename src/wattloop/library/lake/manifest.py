"""The manifest: which versions of the lake's tables belong together, one small file per lake version.

Files and not a table of their own: a hard link of a synced file is atomic on every
file system, leaves nothing half-written, and a person can read it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Manifest:
    """One version of the lake.

    Args:
        version: 0 for an empty lake, one more with each change.
        zone: IANA zone of the lake's standard time, None where nobody said.
        offset: minutes of it east of UTC.
        tables: {table: {"version": Delta version, "channels": [...], "months": [...]}}; of the registers
            {"version": ..., "registers": [...], "spans": {month: [earliest `from`, latest `to` that ends in it]}}.
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
    path = _path(folder, version)
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
    with _synced(folder, manifest) as partial:
        os.link(partial, _path(folder, manifest.version))


def rewrite(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the one of the same version; for a lake that nothing has read yet."""
    with _synced(folder, manifest) as partial:
        partial.replace(_path(folder, manifest.version))


def forget(folder: Path, versions: list[int]) -> None:
    """Make versions unreadable; what they took in stays known, so that an old file is still told from a new one."""
    if versions:
        (folder / _FORGOTTEN).mkdir(exist_ok=True)
    for version in versions:
        _path(folder, version).replace(_path(folder / _FORGOTTEN, version))


def forgotten(folder: Path) -> list[Manifest]:
    """The manifests of versions that can no longer be read, in order."""
    found = (read(folder / _FORGOTTEN, version) for version in all_versions(folder / _FORGOTTEN))
    return [m for m in found if m is not None]


def _path(folder: Path, version: int) -> Path:
    return folder / f"{version:08d}.json"


@contextmanager
def _synced(folder: Path, manifest: Manifest) -> Iterator[Path]:
    """The manifest in a file that is on the disk; afterwards, the folder is."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{manifest.version:08d}.{os.getpid()}.partial"
    try:
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(manifest), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        yield partial
    finally:
        partial.unlink(missing_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
