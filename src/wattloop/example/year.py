"""Months in the life of the example's enterprise: its folder loaded, its customers taken in, bills issued and paid.

Everything happens through the same services as in the console, by the people of the example, on the
days on which it would: the clock is held there. Only the last month is left for whoever looks.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from wattloop.example import ENTERPRISE
from wattloop.library.quantity import clock

CHIEF, ANALYST = "zhoujianguo", "lijing"
TABLES = (
    "customers", "contacts", "agreements", "transformers", "feeders", "areas", "supplies", "meters", "prospects",
)  # fmt: skip
Say = Callable[[str], None]


@contextmanager
def _on(day: dt.date, hour: int = 9) -> Iterator[None]:
    """Hold the clock at an hour of a day, unless that is still to come."""
    moment = dt.datetime.combine(day, dt.time(hour), ZoneInfo("Asia/Shanghai"))
    with clock.frozen(min(moment, clock.now())):
        yield


def found(county: Path, first: dt.date, say: Say) -> None:
    """Load the example's folder, put its tariffs in force, take the county's customers in.

    Args:
        county: what `write_county` wrote.
        first: the first day of its readings.
        say: told each step.
    """
    from wattloop.apps.customers.importing.tables import table_named
    from wattloop.apps.customers.importing.taking import take
    from wattloop.apps.enterprise.models import Employee, TariffOffer, Unit
    from wattloop.apps.enterprise.services import decide_tariffs, load_folder
    from wattloop.apps.records.actors import System
    from wattloop.example.people import write_people

    with _on(first):
        say("loading the enterprise folder")
        load_folder(ENTERPRISE, by=System("demo"), note="the example")
        offers = list(TariffOffer.objects.filter(state=TariffOffer.State.PROPOSED))
        decide_tariffs(offers, accept=True, by=_user(CHIEF))
        stations = list(Unit.objects.filter(kind=Unit.Kind.STATION, active=True).order_by("code"))
        heads = Employee.objects.filter(unit__in=stations, active=True).order_by("unit__code")
        write_people(county, county / "people", [unit.code for unit in stations], [head.number for head in heads])
        for name in TABLES:
            say(f"taking in {name}")
            report = take(county / "people" / f"{name}.csv", table_named(name), by=System("demo"))
            assert not report.refused, report.problems[:3]


def bill_months(months: list[dt.date], say: Say) -> None:
    """Bill each month and have it paid; the last is rated and checked, and waits for somebody to approve it.

    Args:
        months: first days, in order.
        say: told each step.
    """
    for month in months:
        end = (month + dt.timedelta(days=32)).replace(day=1)
        say(f"billing {month:%B %Y}")
        _bill(month, end, whole=month != months[-1])


def _bill(month: dt.date, end: dt.date, *, whole: bool) -> None:
    from wattloop.apps.billing import services as billing
    from wattloop.apps.enterprise import queries as enterprise
    from wattloop.apps.records import jobs

    with _on(end):
        run = billing.plan(enterprise.company(), month, end, by=_user(ANALYST))
        billing.rate(run, by=_user(ANALYST))
        jobs.run_waiting()
    if not whole:
        return
    with _on(end + dt.timedelta(days=1)):
        run.refresh_from_db()
        _accept_warnings(run.pk)
        billing.approve(run, by=_user(CHIEF))
        billing.issue(run, by=_user(CHIEF))
        jobs.run_waiting()
    with _on(end + dt.timedelta(days=12)):
        _pay(run.pk, end + dt.timedelta(days=12))
    with _on(end + dt.timedelta(days=25)):
        jobs.run_waiting()


def _accept_warnings(run: int) -> None:
    """Somebody looked at the larger half of what was found, and let it pass."""
    from wattloop.apps.billing import services as billing
    from wattloop.apps.billing.models import BillException

    open_ones = BillException.objects.filter(run=run, state="open", severity="warn").order_by("-weight")
    chosen = list(open_ones.values_list("pk", flat=True))
    if chosen:
        billing.decide(chosen[: len(chosen) // 2 + 1], "accepted", by=_user(ANALYST), note="与往月比对，无误")


def _pay(run: int, on: dt.date) -> None:
    """The bank tells of payments: most pay in full, some a part, some not, and some write no number."""
    from wattloop.apps.billing.models import Bill
    from wattloop.apps.receivables.matching import Told
    from wattloop.apps.receivables.services.payments import take_payments
    from wattloop.apps.records.actors import System

    bills = Bill.objects.filter(run=run, state="issued", amount__gt=0).select_related("agreement__customer")
    told = []
    for bill in bills.iterator(chunk_size=2_000):
        drawn = _drawn(f"{bill.agreement.number} {bill.period_start}")
        if drawn < 0.06:
            continue
        amount = bill.amount // 200 * 100 if drawn < 0.08 and bill.amount >= 200 else bill.amount
        number = "" if drawn > 0.995 else bill.agreement.number
        told.append(
            Told(
                source="bank-icbc", reference=f"{on:%y%m%d}{bill.pk:08d}", amount=amount, paid_on=on,
                payer=bill.agreement.customer.name, text="电费", agreement=number,
            )
        )  # fmt: skip
    for at in range(0, len(told), 1_000):
        take_payments(told[at : at + 1_000], by=System("bank"))


def _drawn(text: str) -> float:
    """A number from 0 to 1, the same for the same text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48


def _user(name: str):  # type: ignore[no-untyped-def]  # Django's models carry no types
    from wattloop.apps.enterprise.models import User

    return User.objects.get(username=name)
