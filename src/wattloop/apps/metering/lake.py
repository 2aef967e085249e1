"""The enterprise's one lake of readings: `lake` in the home folder, on the standard time of its zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from wattloop.library.lake.store import Lake


def open_lake() -> Lake:
    """Open the lake; an empty one is made where there is none yet, on the enterprise's clock.

    Raises:
        Refused: where the folder holds something else.
    """
    from wattloop.apps.enterprise import queries as enterprise
    from wattloop.library import readings

    return readings.open_lake(settings.HOME / "lake", enterprise.settings().zone)
