"""The room's services."""

from wattloop.apps.enterprise.folder.loading import load_folder, propose_tariff
from wattloop.apps.enterprise.numbering import take_numbers
from wattloop.apps.enterprise.services.folder import Loaded
from wattloop.apps.enterprise.services.tariffs import decide_tariff, decide_tariffs

__all__ = ["Loaded", "decide_tariff", "decide_tariffs", "load_folder", "propose_tariff", "take_numbers"]
