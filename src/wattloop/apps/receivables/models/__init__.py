"""What the room keeps in the database."""

from wattloop.apps.receivables.models.charges import Allocation, Charge
from wattloop.apps.receivables.models.ledger import Account, Entry, Period, Transfer
from wattloop.apps.receivables.models.payments import BankFile, DeskDay, Payment

__all__ = ["Account", "Allocation", "BankFile", "Charge", "DeskDay", "Entry", "Payment", "Period", "Transfer"]
