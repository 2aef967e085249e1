"""Everything that changes bill runs, bills and exceptions."""

from wattloop.apps.billing.services.approving import approve
from wattloop.apps.billing.services.checking import check, checked
from wattloop.apps.billing.services.deciding import assign, decide
from wattloop.apps.billing.services.issuing import issue, issue_some, issued, not_issued
from wattloop.apps.billing.services.planning import cancel, plan, plan_correction
from wattloop.apps.billing.services.rating import not_rated, nothing_to_correct, rate, rated

__all__ = [
    "approve",
    "assign",
    "cancel",
    "check",
    "checked",
    "decide",
    "issue",
    "issue_some",
    "issued",
    "not_issued",
    "not_rated",
    "nothing_to_correct",
    "plan",
    "plan_correction",
    "rate",
    "rated",
]
