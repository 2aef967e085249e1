"""What the room keeps in the database."""

from wattloop.apps.customers.models.agreements import Agreement, AgreementVersion, Transformer, TransformerState
from wattloop.apps.customers.models.customers import Contact, Customer, OldNumber, Prospect
from wattloop.apps.customers.models.points import UsagePoint

__all__ = [
    "Agreement",
    "AgreementVersion",
    "Contact",
    "Customer",
    "OldNumber",
    "Prospect",
    "Transformer",
    "TransformerState",
    "UsagePoint",
]
