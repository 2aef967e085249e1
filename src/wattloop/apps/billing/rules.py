"""What the enterprise folder says of billing: `billing/checks.yaml` and `billing/issue.yaml`, as pydantic models.

Without the files, what stands here as defaults holds.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainValidator

from wattloop.apps.billing.checks import EVERY
from wattloop.apps.billing.checks.check import Count
from wattloop.library.tariffs.document_calendar import Part
from wattloop.library.tariffs.values import Day, Name


def _account(plain: Any) -> str:
    if not isinstance(plain, str) or not plain.strip() or len(plain) > 60:
        raise ValueError(f"`{plain}` is not the code of a ledger account: write for instance revenue.energy")
    return plain


Account = Annotated[str, PlainValidator(_account)]


KINDS = {
    "energy": "revenue.energy",
    "surcharge": "revenue.energy",
    "capacity": "revenue.capacity",
    "demand_flat": "revenue.capacity",
    "demand_tou": "revenue.capacity",
    "power_factor": "revenue.power-factor",
}


class Accounts(Part):
    """Where the parts of a bill are posted: a component's own account before that of its kind, else `else`.

    `tax` takes what the lines of taxes name, contained in the prices or added to them.
    """

    tax: Account = "tax"
    otherwise: Account = Field(default="revenue.other", alias="else")
    by_kind: dict[str, Account] = Field(default_factory=lambda: dict(KINDS), alias="kinds")
    by_component: dict[Name, Account] = Field(default_factory=dict, alias="components")


class Issue(Part):
    """What happens when bills are issued."""

    valid_from: Day | None = None
    due_on_working_days: bool = Field(default=False, alias="due-on-working-days")
    accounts: Accounts = Accounts()


class Shocks(Part):
    """Which rises a run's list of bill shocks shows: the largest `most`, none below `at_least` of the currency."""

    most: Count = 200
    at_least: Count = Field(default=50, alias="at-least")


class Checks(Part):
    """The checks before issue, by id, and what the list of bill shocks shows."""

    valid_from: Day | None = None
    checks: dict[Name, EVERY] = Field(default_factory=dict)
    shocks: Shocks = Shocks()
