"""An enterprise folder that comes as a ZIP: unpacked within limits, whatever its directory says of itself."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from wattloop.apps.enterprise.folder.reading import MOST_BYTES, MOST_FILES
from wattloop.library.quantity.refusal import Refused

LARGEST_ZIP = 20 * 1024 * 1024
HEAD = "enterprise.yaml"
_PIECE = 64 * 1024
_UTF8 = 0x800
_ENCRYPTED = 0x1


def unpack(stream: BinaryIO, into: Path) -> Path:
    """Unpack a ZIP.

    Args:
        stream: it; judged by its content, not its name.
        into: an empty folder.

    Returns:
        The folder that has enterprise.yaml: `into`, or the one folder in it.

    Raises:
        Refused: for what is no ZIP, holds too much, is encrypted, or would lie outside of the folder.
    """
    stream.seek(0, 2)
    if stream.tell() > LARGEST_ZIP:
        raise Refused(f"the file is larger than {LARGEST_ZIP // 1024**2} MiB", "Pack the enterprise folder alone.")
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as packed:
            _extract(packed, into)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("this is not a ZIP that can be read", "Pack the folder again, as ZIP.") from None
    return _top(into)


def _extract(packed: zipfile.ZipFile, into: Path) -> None:
    entries = [one for one in packed.infolist() if not one.is_dir()]
    if len(entries) > MOST_FILES:
        raise Refused(f"it holds more than {MOST_FILES:,} files", "Pack the enterprise folder alone.")
    left = MOST_BYTES
    for one in entries:
        name = _name(one)
        if name.name.startswith(".") or "__MACOSX" in name.parts:
            continue
        target = into.joinpath(*name.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(one) as source, target.open("wb") as out:
            left -= _copy(source, out, left)


def _copy(source: IO[bytes], out: BinaryIO, left: int) -> int:
    """Copy no more than is left: what a ZIP says of its sizes need not be true."""
    done = 0
    while piece := source.read(_PIECE):
        done += len(piece)
        if done > left:
            raise Refused(f"it unpacks to more than {MOST_BYTES // 1024**2} MiB", "Pack the enterprise folder alone.")
        out.write(piece)
    return done


def _name(one: zipfile.ZipInfo) -> PurePosixPath:
    """Where a file of a ZIP belongs. Windows packs Chinese names in GBK and does not say so."""
    text = one.filename
    if not one.flag_bits & _UTF8:
        try:
            text = text.encode("cp437").decode("gb18030")
        except UnicodeError:
            text = one.filename
    name = PurePosixPath(text.replace("\\", "/"))
    if one.flag_bits & _ENCRYPTED:
        raise Refused("it is encrypted", "Pack it without a password.", file=text)
    if stat.S_ISLNK(one.external_attr >> 16):
        raise Refused("it holds a link to another place", "Pack the file itself.", file=text)
    if name.is_absolute() or ".." in name.parts or ":" in text or not name.parts:
        raise Refused("a file of it would lie outside of the folder", "Pack the folder again.", file=text)
    return name


def _top(into: Path) -> Path:
    inside = sorted(into.iterdir())
    if (into / HEAD).is_file():
        return into
    if len(inside) == 1 and (inside[0] / HEAD).is_file():
        return inside[0]
    raise Refused(f"it has no {HEAD}", f"Pack the folder in which {HEAD} lies.")
