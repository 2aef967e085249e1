"""What the room keeps in the database."""

from wattloop.apps.billing.models.bills import Bill
from wattloop.apps.billing.models.exceptions import BillException
from wattloop.apps.billing.models.runs import BillRun
from wattloop.apps.billing.models.shocks import Shock

__all__ = ["Bill", "BillException", "BillRun", "Shock"]
