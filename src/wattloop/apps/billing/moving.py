"""How a run moves from state to state: compared and set in one statement, so that of two people one wins."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection

from wattloop.apps.billing.models import BillRun
from wattloop.apps.records.models import Job
from wattloop.library.quantity.refusal import Refused

_PLANNING = 7_201_846  # of an advisory lock: any number that nobody else takes


def moved(run: BillRun, before: Collection[str], after: str, **fields: Any) -> dict[str, Any]:
    """Set a run's state and fields where its state is one of `before`, and say what it was as audit entries do.

    Raises:
        Refused: where it is not; somebody was quicker, or it is too early or too late.
    """
    was = BillRun.objects.filter(pk=run.pk).values_list("state", flat=True).first()
    done = was in before and BillRun.objects.filter(pk=run.pk, state=was).update(state=after, **fields)
    if not done:
        now = BillRun.objects.filter(pk=run.pk).values_list("state", flat=True).first()
        raise Refused(
            f"bill run {run.pk} is {now}, and only one that is {' or '.join(sorted(before))} becomes {after}",
            "Look at it again: somebody else may have been quicker.",
        )
    run.refresh_from_db()
    return {"state": was}


def one_plans_at_a_time() -> None:
    """Hold the one lock of planning until the transaction ends.

    SQLite needs none: there a transaction begins as the one writer (`transaction_mode` in the settings).
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PLANNING])


def at_work(run: BillRun) -> bool:
    """Whether a job of the run waits or runs."""
    alive = (Job.State.READY, Job.State.RUNNING)
    return run.job is not None and Job.objects.filter(pk=run.job, state__in=alive).exists()
