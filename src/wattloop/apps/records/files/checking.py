"""Whether every stored file is there as it was stored, and what lies there that nobody knows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from wattloop.apps.records.files.storing import folder, incoming, place
from wattloop.apps.records.models import StoredFile
from wattloop.library.quantity import clock

# What is younger may be on its way in.
_AGE = 3600


@dataclass
class Findings:
    """What was found.

    Args:
        whole: how many files are as they were stored.
        missing, altered: stored files that are not there, or hold something else.
        orphans: files that no row tells of, an hour old and more.
    """

    whole: int = 0
    missing: list[StoredFile] = field(default_factory=list)
    altered: list[StoredFile] = field(default_factory=list)
    orphans: list[Path] = field(default_factory=list)


def check() -> Findings:
    """Read every stored file and look for others."""
    found, seen = Findings(), set()
    for stored in StoredFile.objects.order_by("digest", "id").iterator():
        at = place(stored.digest)
        if stored.digest in seen:
            continue
        seen.add(stored.digest)
        if not at.is_file():
            found.missing.append(stored)
        elif _digest(at) != stored.digest:
            found.altered.append(stored)
        else:
            found.whole += 1
    for file in sorted(folder().rglob("*")) if folder().is_dir() else []:
        known = file.parent != incoming() and file.parent.name + file.name in seen
        if file.is_file() and not known and clock.now().timestamp() - file.stat().st_mtime > _AGE:
            found.orphans.append(file)
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
