"""Retention: which versions of the lake stay readable, and the files that none of them names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wattloop.library.lake import manifest, tables
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.refusal import Refused


@dataclass(frozen=True)
class Retained:
    """What was kept and what was let go."""

    kept: list[int]
    forgotten: list[int]
    files: int
    bytes: int


def retain(lake: Lake, cited: Iterable[int] | None = None, *, dry_run: bool = False) -> Retained:
    """Keep the versions that bills cite, and the newest; delete the files that no kept version names.

    Versions go first and their files after, so that a kill between the two leaves
    files too many and never one too few.

    Args:
        lake: an open lake.
        cited: versions to keep beside the newest; every one by default, which deletes only
            what killed writers left behind.
        dry_run: only say what would go.

    Raises:
        Refused: where a cited version is not there.
    """
    with lake.change() as change:
        versions = manifest.all_versions(lake.manifests)
        keep = set(versions) if cited is None else {*cited, change.before.version}
        missing = sorted(keep - {*versions})
        if missing:
            raise Refused(
                f"the lake {lake.path} has no version {missing[0]}", "Name versions that are there: readings show."
            )
        forgotten = [v for v in versions if v not in keep]
        named = {file for v in keep for file in lake.snapshot(v).every_file()}
        orphans = [f for f in tables.on_disk(lake.path) if str(f) not in named]
        size = sum(f.stat().st_size for f in orphans)
        if not dry_run:
            manifest.forget(lake.manifests, forgotten)
            for file in orphans:
                file.unlink()
        return Retained(sorted(keep), forgotten, len(orphans), size)
