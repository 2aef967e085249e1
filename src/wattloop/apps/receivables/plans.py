"""Whether an instalment plan is kept."""

from __future__ import annotations

import datetime as dt

from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.models import Plan
from wattloop.apps.receivables.ruled import rules


def paid(plan: Plan) -> int:
    """What of a plan has been paid, or settled otherwise, since it was made."""
    covers = plan.covers.select_related("charge")
    return sum(max(one.amount - one.charge.open, 0) for one in covers)


def due_by(plan: Plan, day: dt.date) -> int:
    """What of a plan is due up to a day and with it."""
    return sum(one.amount for one in plan.instalments.all() if one.due_on <= day)


def kept_up(plan: Plan) -> str | None:
    """Whether a plan is kept (all is paid) or broken (an instalment is late beyond the days of grace) by today."""
    done = paid(plan)
    if done >= plan.amount:
        return str(Plan.State.KEPT)
    late = enterprise.today() - dt.timedelta(days=rules().instalments.grace_days + 1)
    return str(Plan.State.BROKEN) if done < due_by(plan, late) else None
