"""What the crash test of billing runs in processes of its own: `prepare COUNTY`, `next`, `work`, `tell`."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Count, Sum  # noqa: E402
from tests import billing_county  # noqa: E402

from wattloop.apps.billing import loading, services  # noqa: E402
from wattloop.apps.billing.models import Bill, BillException, BillRun  # noqa: E402
from wattloop.apps.billing.services import issuing  # noqa: E402
from wattloop.apps.enterprise import queries as enterprise  # noqa: E402
from wattloop.apps.receivables import bankfile, bankimport, verifying  # noqa: E402
from wattloop.apps.receivables import tasks as receivables  # noqa: E402
from wattloop.apps.receivables.models import BankFile, Charge, Payment  # noqa: E402
from wattloop.apps.receivables.services.bank import begin_bank_file  # noqa: E402
from wattloop.apps.records import jobs  # noqa: E402
from wattloop.apps.records.actors import System  # noqa: E402
from wattloop.apps.records.jobs import holding, worker  # noqa: E402
from wattloop.apps.records.models import Job  # noqa: E402

BY, OTHER = System("crash"), System("other")
START, END = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
holding.LEASE = dt.timedelta(seconds=1.5)
worker.LOOK_EVERY = 0.1
# Many small steps, so that a kill falls between any two of them.
loading.CHUNK, bankimport.CHUNK = 10, 10
loading.BREATH = 0.05
issuing.issue_some.__wrapped__.__kwdefaults__["count"] = 10


def prepare(county: Path) -> None:
    billing_county.take(county, Path(settings.HOME))
    run = services.plan(enterprise.company(), START, END, by=BY)
    services.rate(run, by=BY)
    _patient()


def go_on() -> None:
    """What somebody does next: approve and issue what is checked, or send the bank's file of what is issued."""
    run = BillRun.objects.get()
    if run.state == "checked":
        blocking = BillException.objects.filter(run=run, severity="block", state="open").exclude(rule="held")
        keys = list(blocking.values_list("pk", flat=True))
        if keys:
            services.decide(keys, "accepted", by=BY, note="looked at")
        services.approve(run, by=OTHER)
        services.issue(run, by=OTHER)
    else:
        file = Path(settings.HOME) / "bank.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["reference", "date", "amount", "payer", "agreement"])
            for bill in Bill.objects.filter(state="issued", amount__gt=0).select_related("agreement"):
                rows.writerow([f"T{bill.pk}", "2026-11-12", f"{bill.amount / 100:.2f}", "x", bill.agreement.number])
        begun = begin_bank_file(file, file.name, digest=bankfile.digest(file), by=BY)
        jobs.start(receivables.take_bank_file, begun.pk, by=BY, about=begun, key=f"receivables.bank-file:{begun.pk}")
    _patient()


def _patient() -> None:
    Job.objects.update(attempts_allowed=1000)


def tell() -> None:
    run = BillRun.objects.get()
    issued = Bill.objects.filter(state="issued")
    twice = Charge.objects.filter(kind="bill").values("key").annotate(n=Count("pk")).filter(n__gt=1).count()
    sums = {
        "bills": issued.aggregate(s=Sum("amount"))["s"] or 0,
        "charges": Charge.objects.filter(kind="bill").aggregate(s=Sum("amount"))["s"] or 0,
        "paid": Payment.objects.aggregate(s=Sum("amount"))["s"] or 0,
        "owing": issued.filter(amount__gt=0).aggregate(s=Sum("amount"))["s"] or 0,
        "open": sum(one.amount - one.settled for one in Charge.objects.filter(amount__gt=0)),
    }
    counts = {
        "planned": run.planned, "issued": issued.count(), "held": Bill.objects.filter(state="held").count(),
        "numbers": issued.values("number").distinct().count(), "charges": Charge.objects.filter(kind="bill").count(),
        "payments": Payment.objects.count(), "owing": issued.filter(amount__gt=0).count(), "twice": twice,
        "something": issued.exclude(amount=0).count(),
    }  # fmt: skip
    told = {
        "state": run.state, "problem": run.problem, "sums": sums, "counts": counts,
        "file": BankFile.objects.filter(ended_at__isnull=False).exists(),
        "alive": Job.objects.filter(every=None, state__in=("ready", "running")).count(),
        "failed": list(Job.objects.filter(state="failed").values_list("error", flat=True)),
        "attempts": sum(Job.objects.filter(every=None).values_list("attempts", flat=True)),
        "jobs": Job.objects.filter(every=None).count(),
        "breaks": [str(one) for one in verifying.breaks()],
    }  # fmt: skip
    print(json.dumps(told))


match sys.argv[1:]:
    case ["prepare", county]:
        prepare(Path(county))
    case ["next"]:
        go_on()
    case ["work"]:
        made = worker.Worker()
        made.obey_signals()
        made.run()
    case ["tell"]:
        tell()
