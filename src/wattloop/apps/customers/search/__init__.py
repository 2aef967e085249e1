"""Search: what customers are found by, where that is kept, and finding."""

from wattloop.apps.customers.search.finding import Hit, finds, search
from wattloop.apps.customers.search.index import forget_customers, refresh

__all__ = ["Hit", "finds", "forget_customers", "refresh", "search"]
