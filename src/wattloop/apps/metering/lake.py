"""The enterprise's one lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from wattloop.library.lake.store import Lake


def open_lake() -> Lake:
    """The lake in `WATTLOOP_HOME/lake`, made if absent, on the enterprise's clock."""
    from wattloop.apps.enterprise import queries as enterprise
    from wattloop.library import readings

    return readings.open_lake(settings.HOME / "lake", enterprise.settings().zone)
