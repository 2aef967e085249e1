"""A file is kept: written beside, synchronised, renamed to the hash of its content, and then known."""

from __future__ import annotations

import hashlib
import os
import unicodedata
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from wattloop.apps.records.actors import Actor
from wattloop.apps.records.files import media
from wattloop.apps.records.models import StoredFile
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

LIMIT = 512 * 1024 * 1024
_PIECE = 1024 * 1024


def folder() -> Path:
    """Where files are kept."""
    return Path(settings.HOME) / "files"


def incoming() -> Path:
    """Where they are written before they are known."""
    return folder() / "incoming"


def place(digest: str) -> Path:
    """Where the file of a hash is."""
    return folder() / digest[:2] / digest[2:]


def path(stored: StoredFile) -> Path:
    """Where a stored file is, to be read."""
    return place(stored.digest)


def store(
    source: IO[bytes] | Path, *, name: str, kind: str, by: Actor,
    limit: int = LIMIT, accept: Collection[str] = (),
) -> StoredFile:  # fmt: skip
    """Keep a file. Nothing of it is left when it is refused.

    Args:
        source: an upload or another stream of bytes, or the path of a file, which stays as it is.
        name: as whoever sent it calls it; shown, and never a path.
        kind: what it is to the enterprise, as `metering.readings` or `customers.import`.
        by: who sent or made it.
        limit: how many bytes at most.
        accept: media types that will do, of `files.media`; all that are known without.

    Raises:
        Refused: for a file too large, of content unknown or unwanted.
    """
    called = _cleaned(name)
    incoming().mkdir(parents=True, exist_ok=True)
    beside = incoming() / uuid.uuid4().hex
    try:
        digest, size = _copy(source, beside, limit, called)
        found = _judged(beside, called, accept)
        at = place(digest)
        at.parent.mkdir(exist_ok=True)
        # Of equal content the newer takes the place of the older: whoever reads that one still does.
        os.replace(beside, at)
        _synchronise(at.parent)
    finally:
        beside.unlink(missing_ok=True)
    return _know(digest, size, called, found, kind, by=by)


@service
def _know(digest: str, size: int, name: str, media_type: str, kind: str, *, by: Actor) -> StoredFile:
    stored: StoredFile = StoredFile.objects.create(
        digest=digest, name=name, media_type=media_type, size=size, kind=kind, at=clock.now(), by=by.actor
    )
    audit("records.file.store", stored, by=by, after={"digest": digest, "size": size, "kind": kind})
    return stored


def _cleaned(name: str) -> str:
    """The last part of a name, without what cannot be seen."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one)[0] != "C").strip()
    if not seen.strip("."):
        return "file"
    stem, dot, ending = seen.rpartition(".")
    # What is cut off of a long name is not its ending.
    return f"{stem[: 254 - len(ending)]}.{ending}" if dot and len(ending) < 20 else seen[:255]


def _copy(source: IO[bytes] | Path, to: Path, limit: int, name: str) -> tuple[str, int]:
    if isinstance(source, Path):
        with source.open("rb") as opened:
            return _copy(opened, to, limit, name)
    hashed, size = hashlib.sha256(), 0
    with to.open("xb") as out:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > limit:
                what = _("the file is larger than %(limit)s bytes") % {"limit": f"{limit:,}"}
                raise Refused(what, _("Send it in parts."), file=name)
            hashed.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    to.chmod(0o640)
    return hashed.hexdigest(), size


def _judged(file: Path, name: str, accept: Collection[str]) -> str:
    try:
        found = media.judge(file)
    except Refused as refused:
        raise Refused(refused.what, refused.mend, file=name) from refused
    if accept and found not in accept:
        wanted = _("Send one of these: %(wanted)s.") % {"wanted": ", ".join(sorted(accept))}
        raise Refused(_("the file is %(found)s by its content") % {"found": found}, wanted, file=name)
    return found


def _synchronise(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
