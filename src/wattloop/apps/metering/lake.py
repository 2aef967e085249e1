"""The enterprise's one lake of readings: `lake` in the home folder, on the standard time of its zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from wattloop.library.lake import Lake


def open_lake() -> Lake:
    """Open the lake; an empty one is made where there is none yet.

    Raises:
        Refused: where the folder holds something else.
    """
    from wattloop.library.lake import open_lake as open_or_make

    return open_or_make(settings.HOME / "lake")
