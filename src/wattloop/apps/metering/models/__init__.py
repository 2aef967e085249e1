"""What the room keeps in the database."""

from wattloop.apps.metering.models.meters import Installation, Meter
from wattloop.apps.metering.models.sources import ReadingFile, Source

__all__ = ["Installation", "Meter", "ReadingFile", "Source"]
