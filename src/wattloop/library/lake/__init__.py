"""Delta tables of readings: append-only writing, versions, corrections, and the manifest that ties them together."""

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake, open_lake

__all__ = ["Lake", "Snapshot", "open_lake"]
