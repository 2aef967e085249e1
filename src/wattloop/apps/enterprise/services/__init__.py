"""The room's services; what reads files or hashes passwords first, and then calls one, is here too."""

from wattloop.apps.enterprise.folder.loading import load_folder, propose_tariff
from wattloop.apps.enterprise.numbering import take_numbers
from wattloop.apps.enterprise.passwords import give_passwords
from wattloop.apps.enterprise.services.folder import Loaded
from wattloop.apps.enterprise.services.people import give_role, reset_second_factor, set_active, take_role, unlock
from wattloop.apps.enterprise.services.tariffs import decide_tariff, decide_tariffs

__all__ = [
    "Loaded",
    "decide_tariff",
    "decide_tariffs",
    "give_passwords",
    "give_role",
    "load_folder",
    "propose_tariff",
    "reset_second_factor",
    "set_active",
    "take_numbers",
    "take_role",
    "unlock",
]
