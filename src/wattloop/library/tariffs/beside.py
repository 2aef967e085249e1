"""Files that a tariff names: beside its own file, or in the enterprise folder above it."""

from __future__ import annotations

from pathlib import Path as FilePath

from wattloop.library.tariffs.problems import nearest

FOLDERS_ABOVE = 3


def find_beside(file: str | None, name: str) -> FilePath | None:
    """The file called `name` in the folder of a tariff's file, else in the nearest of the three above; None if none.

    A document that came from no file names files of the working folder.
    """
    folder = FilePath(file).absolute().parent if file is not None else FilePath.cwd()
    if FilePath(name).is_absolute() or ".." in FilePath(name).parts:
        return None
    for above in (folder, *folder.parents[:FOLDERS_ABOVE]):
        if (above / name).is_file():
            return above / name
    return None


def missing(file: str | None, name: str) -> tuple[str, str]:
    """What to say of a file that is not there, and what there is in the folder where it should be."""
    if FilePath(name).is_absolute() or ".." in FilePath(name).parts:
        return f"`{name}` does not lie in the enterprise folder.", "Write its path from there, prices/funds.yaml."
    folder = FilePath(file).absolute().parent if file is not None else FilePath.cwd()
    within = FilePath(name).parent
    known = [
        (within / found.name).as_posix()
        for above in (folder, *folder.parents[:FOLDERS_ABOVE])
        for found in sorted((above / within).glob(f"*{FilePath(name).suffix}"))
        if found.is_file()
    ]
    mend = nearest(name, known[:20]) or "Put it beside the tariff's file, or into the enterprise folder above it."
    return f"There is no file `{name}` beside the tariff's, nor in the folders above it.", mend
