"""Folders that were sent and not loaded yet: each waits a day, for whoever sent it alone."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from wattloop.apps.enterprise.folder.unpacking import unpack
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

STAGED = "enterprise-staged"
KEPT = dt.timedelta(days=1)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}")


def stage(stream: BinaryIO, *, by: Actor) -> str:
    """Unpack a ZIP beside those that wait.

    Returns:
        A token that finds it again.

    Raises:
        Refused: where it cannot be unpacked; nothing is left of it then.
    """
    _forget_old()
    token = secrets.token_urlsafe(18)
    place = _place(by) / token
    (place / "files").mkdir(parents=True)
    try:
        top = unpack(stream, place / "files")
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    (place / "top").write_text(top.relative_to(place).as_posix(), encoding="utf-8")
    return token


def staged(token: str, *, by: Actor) -> Path:
    """The folder that somebody staged.

    Raises:
        Refused: where it is gone, or somebody else's.
    """
    place = _place(by) / token
    if not _TOKEN.fullmatch(token) or not (place / "top").is_file():
        raise Refused("what was sent is not here any more", "Send it again.")
    return place / (place / "top").read_text(encoding="utf-8")


def forget(token: str, *, by: Actor) -> None:
    """Let go of what was staged."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(_place(by) / token, ignore_errors=True)


def _place(by: Actor) -> Path:
    home: Path = settings.HOME
    return home / STAGED / by.actor.encode().hex()


def _forget_old() -> None:
    before = (clock.now() - KEPT).timestamp()
    for place in (settings.HOME / STAGED).glob("*/*"):
        if place.stat().st_mtime < before:
            shutil.rmtree(place, ignore_errors=True)
