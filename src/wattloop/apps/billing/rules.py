"""What the enterprise folder says of billing: `billing/checks.yaml` and `billing/issue.yaml`, as pydantic models.

Without the files, what stands here as defaults holds.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainValidator, model_validator

from wattloop.apps.billing.checks import EVERY
from wattloop.apps.billing.checks.check import Count
from wattloop.library.tariffs.document_calendar import Part
from wattloop.library.tariffs.values import Day, Name


def _account(plain: Any) -> str:
    if not isinstance(plain, str) or not plain.strip() or len(plain) > 60:
        raise ValueError(f"`{plain}` is not the code of a ledger account: write for instance revenue")
    return plain


Account = Annotated[str, PlainValidator(_account)]


class Due(Part):
    """Until when a bill is to be paid: `{days: 15}`, or `{working-days: 10}` of the enterprise's calendar."""

    days: Count | None = None
    working_days: Count | None = Field(default=None, alias="working-days")

    @model_validator(mode="after")
    def _one(self) -> Due:
        if (self.days is None) == (self.working_days is None):
            raise ValueError("a bill is due after days or working days, one of them: write {days: 15}")
        return self


class Accounts(Part):
    """Where the parts of a bill are posted: a component's own account before that of its kind, else `else`.

    `tax` takes what the lines of taxes name, contained in the prices or added to them.
    """

    tax: Account = "tax"
    otherwise: Account = Field(default="revenue", alias="else")
    by_kind: dict[Name, Account] = Field(default_factory=dict, alias="kinds")
    by_component: dict[Name, Account] = Field(default_factory=dict, alias="components")


class Issue(Part):
    """What happens when bills are issued."""

    valid_from: Day | None = None
    due: Due = Due(days=15)
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
