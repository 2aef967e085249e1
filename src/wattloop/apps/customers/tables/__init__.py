"""The tables of this room that can be imported and exported."""

from wattloop.apps.customers.tables.agreements import AGREEMENTS, OPENING_TIERS, TRANSFORMERS
from wattloop.apps.customers.tables.customers import CONTACTS, CUSTOMERS, OLD_NUMBERS, PROSPECTS

__all__ = ["AGREEMENTS", "CONTACTS", "CUSTOMERS", "OLD_NUMBERS", "OPENING_TIERS", "PROSPECTS", "TRANSFORMERS"]
