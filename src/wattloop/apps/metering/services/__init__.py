"""Everything that changes meters and where readings come from."""

from wattloop.apps.metering.services.meters import exchange_meter, hang_meter, take_down_meter
from wattloop.apps.metering.services.sources import give_file, note_arrival, note_outcome, set_source

__all__ = [
    "exchange_meter",
    "give_file",
    "hang_meter",
    "note_arrival",
    "note_outcome",
    "set_source",
    "take_down_meter",
]
