"""Keeps the files of each version of the folder, whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wattloop.apps.enterprise.folder.reading import Folder, FolderRefused
from wattloop.library.tariffs.problems import Problem


@contextmanager
def copied(folder: Folder, home: Path) -> Iterator[Path]:
    """A copy of the folder's files beside those kept, to be moved to its place; gone afterwards if it was not.

    Raises:
        FolderRefused: where a file changed since it was read.
    """
    from wattloop.apps.enterprise.folder.reading import _digest

    home.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".incoming-", dir=home))
    try:
        for name, digest in folder.digests.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder.path / name, made / name)
            if _digest(made / name) != digest:
                raise FolderRefused([Problem(name, None, "", "The file changed while it was read.", "Load it again.")])
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def keep(copy: Path, home: Path, number: int) -> None:
    """Give a copy its place. One that is there is of a loading that was cut off before it counted."""
    place = home / str(number)
    if place.exists():
        shutil.rmtree(place)
    copy.chmod(0o755)
    copy.rename(place)
