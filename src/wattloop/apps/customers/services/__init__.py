"""Everything that changes customers, agreements and what belongs to them."""

from wattloop.apps.customers.services.agreements import (
    close_agreement,
    correct_terms,
    new_terms,
    open_agreement,
    set_transformer,
    transfer_agreement,
)
from wattloop.apps.customers.services.customers import (
    change_customer,
    register_customer,
    remove_contact,
    set_contact,
)
from wattloop.apps.customers.services.imports import begin_import, take_import
from wattloop.apps.customers.services.points import add_point, end_point
from wattloop.apps.customers.services.prospects import change_prospect, register_prospect

__all__ = [
    "add_point",
    "begin_import",
    "change_customer",
    "change_prospect",
    "close_agreement",
    "correct_terms",
    "end_point",
    "new_terms",
    "open_agreement",
    "register_customer",
    "register_prospect",
    "remove_contact",
    "set_contact",
    "set_transformer",
    "take_import",
    "transfer_agreement",
]
