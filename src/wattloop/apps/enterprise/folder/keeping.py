"""Keeps the files of each version of the folder, whole or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wattloop.apps.enterprise.folder.reading import Folder, FolderRefused, digest_of
from wattloop.library.quantity import clock
from wattloop.library.tariffs.problems import Problem

INCOMING = ".incoming-"
LONGEST = dt.timedelta(hours=1)


@contextmanager
def copied(folder: Folder, home: Path) -> Iterator[Path]:
    """A copy of the folder's files beside those kept, to be moved to its place; gone afterwards if it was not.

    Raises:
        FolderRefused: where a file changed since it was read.
    """
    home.mkdir(parents=True, exist_ok=True)
    _forget_old(home)
    made = Path(tempfile.mkdtemp(prefix=INCOMING, dir=home))
    try:
        for name, digest in folder.digests.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder.path / name, made / name)
            if digest_of(made / name) != digest:
                raise FolderRefused([Problem(name, None, "", "The file changed while it was read.", "Load it again.")])
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _forget_old(home: Path) -> None:
    """Remove what loadings that were killed left behind."""
    before = (clock.now() - LONGEST).timestamp()
    for left in home.glob(f"{INCOMING}*"):
        if left.stat().st_mtime < before:
            shutil.rmtree(left, ignore_errors=True)


def keep(copy: Path, home: Path, number: int) -> None:
    """Give a copy its place. One that is there is of a loading that was cut off before it counted."""
    place = home / str(number)
    if place.exists():
        shutil.rmtree(place)
    copy.chmod(0o755)
    copy.rename(place)
