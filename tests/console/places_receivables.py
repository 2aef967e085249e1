"""Addresses of payments, charges and the books."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from tests.cast import Cast
from tests.console.places import Made, Place
from tests.receivables.money import new, owes, paid, posted

from wattloop.apps.customers.models import Agreement, Customer
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.matching import Told
from wattloop.apps.receivables.models import BankFile, Period
from wattloop.apps.receivables.services import adjustments, arrears, desk, payments, refunds
from wattloop.apps.records import files
from wattloop.apps.records.actors import System
from wattloop.library.quantity import clock

PAY, CHARGE, LEDGER = "receivables.payment", "receivables.charge", "receivables.ledger"


def of(name: str) -> Any:
    """The id of something that was prepared."""
    return lambda made: [made[f"receivables-{name}"].pk]


def whose(made: Made) -> list[Any]:
    """The agreement that most of it is about."""
    return [made["cast"].agreements["zhang"].pk]


PLACES = [
    Place("receivables:home", get=f"{PAY}.view", queries=30),
    Place("receivables:desk", get=f"{PAY}.take", query="q=张伟"),
    Place("receivables:open_day", post="receivables.desk.open", data={"opening": "0"}),
    Place("receivables:close_day", get="receivables.desk.close", post="receivables.desk.close", args=of("day"),
          unit="east", data={"counted": "x"}),
    Place("receivables:take", post=f"{PAY}.take", args=whose, unit="east", data={"amount": "1", "method": "cash"}),
    Place("receivables:receipt", get=f"{PAY}.view", args=of("payment"), unit="east"),
    Place("receivables:account", get=f"{CHARGE}.view", args=whose, unit="east", queries=30),
    Place("receivables:agreement", get=f"{CHARGE}.view", args=whose, unit="east", page=False, queries=25),
    Place("receivables:plan", get=f"{CHARGE}.instalments", post=f"{CHARGE}.instalments", args=whose, unit="east"),
    Place("receivables:end_plan", post=f"{CHARGE}.instalments", args=of("plan"), unit="east"),
    Place("receivables:payments", get=f"{PAY}.view", post=f"{PAY}.match", query="state=waiting"),
    Place("receivables:payment", get=f"{PAY}.view", args=of("payment"), unit="east"),
    Place("receivables:match", post=f"{PAY}.match", args=of("payment"), unit="east", data={"number": "x"}),
    Place("receivables:reverse", post=f"{PAY}.reverse", args=of("payment"), unit="east", data={"reason": ""}),
    Place("receivables:refund", post=f"{PAY}.refund", args=of("payment"), unit="east", data={"amount": "x"}),
    Place("receivables:bank", get=f"{PAY}.take", post=f"{PAY}.take"),
    Place("receivables:look", get=f"{PAY}.take", post=f"{PAY}.take", args=of("sent")),
    Place("receivables:bank_file", get=f"{PAY}.take", args=of("file")),
    Place("receivables:charges", get=f"{CHARGE}.view"),
    Place("receivables:charge", get=f"{CHARGE}.view", args=of("charge"), unit="east"),
    Place("receivables:dispute", post=f"{CHARGE}.dispute", args=of("charge"), unit="east", data={"reason": ""}),
    Place("receivables:adjust", post=f"{CHARGE}.waive", args=of("charge"), unit="east",
          data={"kind": "waiver", "amount": "x"}),
    Place("receivables:refund_credit", post=f"{PAY}.refund", args=of("charge"), unit="east", data={"amount": "x"}),
    Place("receivables:decisions", get=f"{CHARGE}.view", queries=25),
    Place("receivables:decide_adjustment", post=f"{CHARGE}.writeoff", args=of("adjustment"), unit="east",
          data={"do": "refuse"}),
    Place("receivables:decide_refund", post=f"{PAY}.refund", args=of("refund"), unit="east", data={"do": "refuse"}),
    Place("receivables:ageing", get=f"{CHARGE}.view"),
    Place("receivables:dunning", get="receivables.dunning.run", post="receivables.dunning.run"),
    Place("receivables:notices", get=f"{CHARGE}.view"),
    Place("receivables:ledger", get=f"{LEDGER}.view"),
    Place("receivables:journal", get=f"{LEDGER}.view"),
    Place("receivables:close", post=f"{LEDGER}.close", data={"month": "2099-01"}),
    Place("receivables:reopen", post=f"{LEDGER}.close", args=of("period"), data={"reason": ""}),
    Place("receivables:verify", post=f"{LEDGER}.verify"),
    Place("receivables:notify", open=True, args=lambda _made: ["wallet"]),
]  # fmt: skip


def prepare(cast: Cast) -> Made:
    """A charge of every kind of trouble, payments matched and not, a bank's file, what waits for decisions."""
    today, by = enterprise.today(), System("made")
    zhang = cast.agreements["zhang"]
    late = {"made_on": today, "due_on": today - dt.timedelta(days=20)}
    charge = owes(zhang, 90_000, "bill:places-1", **late)
    payment = paid(zhang, 20_000, "places-1", paid_on=today)
    advance = paid(cast.agreements["works"], 80_000, "places-2", paid_on=today)
    payments.take_payments([Told("bank", "places-3", 5_000, today, payer="张伟")], by=by)
    off = adjustments.propose_adjustment(charge, kind="write-off", amount=100, reason="gone", by=by)
    planned = owes(zhang, 60_000, "bill:places-2", **late)
    plan = arrears.make_plan(
        zhang, charges=[planned], count=2, first_due=today + dt.timedelta(days=9), by=by
    )  # fmt: skip
    second = Agreement.objects.create(number="3277000001", customer=zhang.customer, unit=cast.east)
    owes(second, 10_000, "bill:places-3", **late)
    arrears.dun([second.pk], by=by)
    file = b"reference,date,amount,payer\nplaces-9,2026-11-01,5.00,x\n,2026-11-01,5.00,x\n"
    stored = files.store(io.BytesIO(file), name="银行.csv", kind="receivables.bank", by=by)
    return {
        "receivables-day": desk.open_desk(cast.east, opening=0, by=cast.cashier),
        "receivables-payment": payment,
        "receivables-charge": charge,
        "receivables-adjustment": off,
        "receivables-refund": refunds.propose_refund(advance, amount=70_000, method="bank", reason="moves", by=by),
        "receivables-plan": plan,
        "receivables-sent": stored,
        "receivables-file": BankFile.objects.create(
            digest="0" * 64, name="十一月.csv", at=clock.now(), by="made", file=stored, ended_at=clock.now()
        ),
        "receivables-period": Period.objects.create(
            start=dt.date(2020, 1, 1), closed_at=clock.now(), closed_by="made"
        ),
    }  # fmt: skip


def grow(cast: Cast, made: Made) -> None:
    """Forty agreements with overdue bills, payments and notices."""
    today = enterprise.today()
    customer = Customer.objects.create(number="GR001", name="张伟", kind="person", unit=cast.east)
    agreements = [
        Agreement.objects.create(number=f"3288{n:06}", customer=customer, unit=cast.east) for n in range(40)
    ]  # fmt: skip
    due = {"made_on": today, "due_on": today - dt.timedelta(days=20)}
    posted(*(new(one, 10_000, f"bill:grown-{one.pk}", **due) for one in agreements))
    posted(*(new(cast.agreements["zhang"], 7_000, f"bill:more-{n}", **due) for n in range(20)))
    said = [Told("bank", f"grown-{one.pk}", 500, today, agreement=one.number) for one in agreements]
    payments.take_payments([*said, *(Told("bank", f"nobody-{n}", 500, today, payer="张伟") for n in range(40))],
                           by=System("made"))  # fmt: skip
    arrears.dun([one.pk for one in agreements[:20]], by=System("made"))
