"""What the room keeps in the database."""

from wattloop.apps.receivables.models.arrears import Instalment, Notice, Plan, PlanCharge
from wattloop.apps.receivables.models.charges import Allocation, Charge, Pause
from wattloop.apps.receivables.models.decisions import Adjustment, Refund
from wattloop.apps.receivables.models.ledger import Account, Entry, LedgerCheck, Period, Transfer
from wattloop.apps.receivables.models.payments import BankFile, DeskDay, Payment

__all__ = [
    "Account",
    "Adjustment",
    "Allocation",
    "BankFile",
    "Charge",
    "DeskDay",
    "Entry",
    "Instalment",
    "LedgerCheck",
    "Notice",
    "Pause",
    "Payment",
    "Period",
    "Plan",
    "PlanCharge",
    "Refund",
    "Transfer",
]
