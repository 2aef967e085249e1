"""What runs beside the pages: bank files, late fees, instalment plans, the proof of the books."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import bankfile, bankimport, late_fees
from wattloop.apps.receivables.models import BankFile, Charge, Plan
from wattloop.apps.receivables.plans import kept_up
from wattloop.apps.receivables.ruled import rules
from wattloop.apps.receivables.services import arrears, closing
from wattloop.apps.records import files, jobs

CHUNK = 500


@jobs.task("receivables.bank-file")
def take_bank_file(context: jobs.Context, bank_file: int) -> int:
    """Take in what of a bank's file is not there yet."""
    found = BankFile.objects.select_related("file").get(pk=bank_file)
    if found.ended_at is not None or found.file is None:
        return 0
    statement = bankfile.recognise(files.path(found.file), found.name)
    total = sum(1 for _ in statement.rows())

    def told(done: int) -> None:
        context.progress(done, total)
        context.check()

    return int(bankimport.go_on(found, statement, by=context.by, told=told).taken)


@jobs.schedule("receivables.late-fees", every=dt.timedelta(hours=24))
@jobs.task("receivables.late-fees")
def charge_late_fees(context: jobs.Context) -> int:
    """Post what late fees have grown to, for each charge once in so many days, and at once where it changed."""
    today = enterprise.today()
    before = today - dt.timedelta(days=rules().late_fees_every_days)
    due = Q(fee_stale=True) | Q(fee_through__isnull=True) | Q(fee_through__lte=before)
    count = 0
    for agreements in _agreements(Charge.objects.filter(late_fees.bearing(today)).filter(due)):
        count += arrears.charge_late_fees(agreements, through=today, by=context.by)
        context.check()
        time.sleep(0.02)
    return count


@jobs.schedule("receivables.plans", every=dt.timedelta(hours=24))
@jobs.task("receivables.plans")
def look_at_plans(context: jobs.Context) -> int:
    """End the instalment plans that were kept or broken."""
    count = 0
    for plan in Plan.objects.filter(state=Plan.State.ACTIVE).order_by("pk"):
        if kept_up(plan) is not None:
            arrears.end_plan(plan, by=context.by)
            count += 1
        context.check()
    return count


@jobs.schedule("receivables.verify", every=dt.timedelta(hours=24))
@jobs.task("receivables.verify")
def prove_books(context: jobs.Context) -> int:
    """Prove the books."""
    return int(closing.prove_books(by=context.by).count)


def _agreements(charges: QuerySet[Charge]) -> Iterator[list[int]]:
    found = list(charges.order_by("agreement").values_list("agreement", flat=True).distinct())
    return (found[at : at + CHUNK] for at in range(0, len(found), CHUNK))
