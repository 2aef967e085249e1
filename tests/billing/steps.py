"""Steps of a bill run, as tests take them."""

from __future__ import annotations

import datetime as dt

from wattloop.apps.billing import services
from wattloop.apps.billing.models import BillException, BillRun
from wattloop.apps.records import jobs
from wattloop.apps.records.actors import System

START, END = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
BY, OTHER = System("test"), System("other")


def rate(run: BillRun) -> BillRun:
    """Rated and checked."""
    services.rate(run, by=BY)
    jobs.run_waiting()
    run.refresh_from_db()
    assert (run.problem, run.state) == ("", "checked")
    return run


def issue(run: BillRun) -> BillRun:
    """What blocks accepted, approved by another, and issued."""
    blocking = BillException.objects.filter(run=run, severity="block", state="open").exclude(rule="held")
    keys = list(blocking.values_list("pk", flat=True))
    if keys:
        services.decide(keys, "accepted", by=BY, note="looked at")
    services.approve(run, by=OTHER)
    services.issue(run, by=OTHER)
    jobs.run_waiting()
    run.refresh_from_db()
    assert (run.problem, run.state) == ("", "issued")
    return run
