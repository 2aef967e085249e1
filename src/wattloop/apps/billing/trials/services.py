"""Having something computed for a trial."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from wattloop.apps.billing.trials import drafts, places
from wattloop.apps.enterprise import gate
from wattloop.apps.records import jobs
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.models import Job
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity.refusal import Refused

MOST_MONTHS = 12
TRY = "enterprise.tariff.try"


@service
def sum_up(tariff: str, months: list[dt.date], *, by: Any) -> Job:
    """Have the use of everybody who has a tariff summed up, as far as somebody may see them.

    Args:
        tariff: its id.
        months: their first days, twelve at most.
        by: a user.

    Raises:
        Refused: where the tariff is not in force, or there are too many months.
        NotAllowed: where they may not.
    """
    gate.require(by, TRY)
    told, scope = _months(months), places.scope_of(by)
    drafts.base(tariff)
    from wattloop.apps.billing.trials.tasks import compute_sums

    job = jobs.start(compute_sums, tariff, told, scope, key=places.key(tariff, told, scope), by=by)
    audit(TRY, by=by, after={"tariff": tariff, "months": told, "job": str(job.pk)})
    return job


@service
def compute_exactly(tariff: str, months: list[dt.date], redrawn: dict[str, Any], digest: str, *, by: Actor) -> Job:
    """Have the whole bills under a redrawn tariff computed.

    Args:
        tariff, months, by: as for `sum_up`.
        redrawn: as `drafts.redrawing_of` takes it.
        digest: of the file that was redrawn.

    Raises:
        Refused: where it cannot be priced, or another file is in force by now.
        NotAllowed: where they may not.
    """
    gate.require(by, TRY)
    told, base = _months(months), drafts.base(tariff)
    drafts.refuse_unless_same(base, digest)
    drafts.drawn(base, drafts.redrawing_of(redrawn), months[0])
    from wattloop.apps.billing.trials.tasks import compute_exactly as task

    job = jobs.start(task, tariff, told, places.scope_of(by), redrawn, digest, by=by)
    audit(TRY, by=by, after={"tariff": tariff, "months": told, "redrawn": redrawn, "job": str(job.pk)})
    return job


def _months(months: list[dt.date]) -> list[str]:
    if not 1 <= len(months) <= MOST_MONTHS:
        raise Refused(_("a trial is of one to twelve months"), _("Choose fewer."))
    return [f"{month:%Y-%m}" for month in months]
