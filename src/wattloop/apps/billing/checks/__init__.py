"""Checks before issue, one kind a file. A new kind: its file, and its name in `EVERY`."""

from typing import Annotated

from pydantic import Field

from wattloop.apps.billing.checks.changed_terms import ChangedTerms
from wattloop.apps.billing.checks.correction import Correction
from wattloop.apps.billing.checks.coverage import Coverage
from wattloop.apps.billing.checks.demand_over_capacity import DemandOverCapacity
from wattloop.apps.billing.checks.first_bill import FirstBill
from wattloop.apps.billing.checks.held import Held
from wattloop.apps.billing.checks.last_year import LastYear
from wattloop.apps.billing.checks.limits import Limits
from wattloop.apps.billing.checks.months_before import MonthsBefore
from wattloop.apps.billing.checks.negative_use import NegativeUse
from wattloop.apps.billing.checks.power_factor import PowerFactor
from wattloop.apps.billing.checks.zero_use import ZeroUse

EVERY = Annotated[
    Held
    | Coverage
    | LastYear
    | MonthsBefore
    | ZeroUse
    | NegativeUse
    | DemandOverCapacity
    | PowerFactor
    | ChangedTerms
    | Limits
    | FirstBill
    | Correction,
    Field(discriminator="check"),
]
"""Any of them, told apart by `check`."""
