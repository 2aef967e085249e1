"""Addresses of bill runs, bills and exceptions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.cast import Cast
from tests.console.places import Made, Place

from wattloop.apps.billing.models import Bill, BillException, BillRun
from wattloop.apps.customers.models import Agreement
from wattloop.library.quantity import clock

MONTH = {"period_start": dt.date(2026, 10, 1), "period_end": dt.date(2026, 11, 1)}


def prepare(cast: Cast) -> dict[str, Any]:
    """A planned run of the company, with a bill of east and an exception to it."""
    run = BillRun.objects.create(
        name="2026-10", unit=cast.company, made_by="analyst", made_at=clock.now(), planned=1, **MONTH
    )
    bill = Bill.objects.create(run=run, agreement=cast.agreements["zhang"], **MONTH)
    exception = BillException.objects.create(
        run=run, bill=bill, agreement=bill.agreement, unit=cast.east, rule="zero-use", severity="block"
    )
    return {"run": run, "bill": bill, "exception": exception}


def grow(cast: Cast, made: Made) -> None:
    """A bill and an exception for everybody else in the run."""
    for agreement in Agreement.objects.exclude(pk=cast.agreements["zhang"].pk):
        bill = Bill.objects.create(run=made["run"], agreement=agreement, **MONTH)
        BillException.objects.create(
            run=made["run"], bill=bill, agreement=agreement, unit=agreement.unit, rule="zero-use", severity="warn"
        )


def _of(key: str) -> Any:
    return lambda made: [made[key].pk]


PLACES = [
    Place("billing:runs", get="billing.run.view"),
    Place("billing:plan", get="billing.run.plan", post="billing.run.plan"),
    Place("billing:run", get="billing.run.view", args=_of("run"), unit="company", queries=30),
    Place("billing:progress", get="billing.run.view", args=_of("run"), unit="company", page=False),
    Place("billing:act", post="billing.run.cancel", args=_of("run"), unit="company", data={"do": "cancel"}),
    Place("billing:bills", get="billing.run.view", args=_of("run"), unit="company"),
    Place("billing:shocks", get="billing.run.view", args=_of("run"), unit="company"),
    Place("billing:exceptions", get="billing.exception.view"),
    Place("billing:exception", get="billing.exception.view", args=_of("exception"), unit="east", queries=30),
    Place("billing:bill", get="billing.bill.view", args=_of("bill"), unit="east", queries=30),
    Place("billing:explained", get="billing.bill.view", args=_of("bill"), unit="east", page=False, shown=False),
    Place("billing:file", get="billing.bill.view", args=_of("bill"), unit="east", page=False, shown=False),
    Place("billing:agreement_bills", get="billing.bill.view", unit="east", page=False,
          args=lambda made: [made["cast"].agreements["zhang"].pk]),
]  # fmt: skip
