"""What the room keeps in the database."""

from wattloop.apps.customers.models.agreements import (
    Agreement,
    AgreementVersion,
    OpeningTier,
    Transformer,
    TransformerState,
)
from wattloop.apps.customers.models.customers import Contact, Customer, OldNumber, Prospect
from wattloop.apps.customers.models.imports import Import
from wattloop.apps.customers.models.points import UsagePoint
from wattloop.apps.customers.models.search import SearchText

__all__ = [
    "Agreement",
    "AgreementVersion",
    "Contact",
    "Customer",
    "Import",
    "OldNumber",
    "OpeningTier",
    "Prospect",
    "SearchText",
    "Transformer",
    "TransformerState",
    "UsagePoint",
]
