"""Trial balance, journal, months closed, and the proof that finds what is broken."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from tests.cast import Cast
from tests.receivables.money import BY, TODAY, balance, new, on, owes, paid, posted, prove

from wattloop.apps.receivables import books as said
from wattloop.apps.receivables import verifying
from wattloop.apps.receivables.models import Allocation, Charge, LedgerCheck, Pause, Payment, Period
from wattloop.apps.receivables.opening import take
from wattloop.apps.receivables.services import closing, desk
from wattloop.apps.records.actors import System
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity.refusal import Refused

DECEMBER = dt.date(2026, 12, 5)
NOVEMBER = dt.date(2026, 11, 1)


def test_a_trial_balance_sums_to_nothing_and_tells_the_month_apart(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 10_000, parts={"revenue.energy": 9_000, "funds": 1_000})
    with on(DECEMBER):
        paid(zhang, 4_000)
        rows = {row.account.code: (row.before, row.debits, row.credits, row.balance) for row in
                said.trial_balance(DECEMBER)}  # fmt: skip
    assert rows["receivable"] == (10_000, 0, 4_000, 6_000)
    assert rows["bank"] == (0, 4_000, 0, 4_000)
    assert sum(row[3] for row in rows.values()) == 0


def test_the_journal_is_in_a_stable_order_with_totals(books: Cast) -> None:
    owes(books.agreements["zhang"], 10_000, parts={"revenue.energy": 9_000, "funds": 1_000})
    paid(books.agreements["zhang"], 4_000)
    rows = list(said.exported(said.journal(), 2))
    assert rows == list(said.exported(said.journal(), 2))
    assert [row[4:7] for row in rows[:2]] == [
        ("receivable", "revenue.energy", Decimal("90.00")),
        ("receivable", "funds", Decimal("10.00")),
    ]
    assert rows[-1][:2] == ("total", "4")
    assert str(rows[-1][6]) == "180.00"
    assert [row[4] for row in said.exported(said.journal(account="bank"), 2)][:-1] == ["bank"]


def test_a_month_closes_once_it_is_over_and_opens_by_another_hand(books: Cast) -> None:
    owes(books.agreements["zhang"], 10_000)
    with pytest.raises(Refused, match="not over"):
        closing.close_month(NOVEMBER, by=books.chief)
    with on(DECEMBER):
        period = closing.close_month(NOVEMBER, by=books.chief)
        assert period.totals == {"receivable": 10_000, "revenue.energy": -10_000}
        with pytest.raises(Refused, match="closed already"):
            closing.close_month(NOVEMBER, by=books.chief)
        with pytest.raises(Refused, match="2026-11 are closed"):
            posted(new(books.agreements["zhang"], 1, "bill:2"))
        paid(books.agreements["zhang"], 1_000)
        assert said.balances(DECEMBER)["receivable"] == 9_000
        prove()
        with pytest.raises(Refused, match="two people"):
            closing.reopen_month(period, reason="a slip", by=books.chief)
        with pytest.raises(IntegrityError), transaction.atomic():
            Period.objects.filter(pk=period.pk).update(reopened_by=books.chief.actor)
        closing.reopen_month(period, reason="a slip", by=System("other"))
        assert posted(new(books.agreements["zhang"], 1, "bill:2")) == 1


def test_months_close_in_their_order_with_every_desk_counted(books: Cast) -> None:
    day = desk.open_desk(books.east, opening=0, by=books.cashier)
    owes(books.agreements["zhang"], 10_000)
    with on(dt.date(2027, 1, 5)):
        owes(books.agreements["zhang"], 10_000, "bill:2", made_on=DECEMBER, due_on=DECEMBER)
        with pytest.raises(Refused, match="2026-11 is still open"):
            closing.close_month(DECEMBER, by=BY)
        with pytest.raises(Refused, match="desk day of cashier"):
            closing.close_month(NOVEMBER, by=BY)
        desk.close_desk(day, counted=0, by=books.cashier)
        first = closing.close_month(NOVEMBER, by=BY)
        closing.close_month(DECEMBER, by=BY)
        with pytest.raises(Refused, match="later month"):
            closing.reopen_month(first, reason="slip", by=books.chief)


def _whole(cast: Cast) -> None:
    zhang = cast.agreements["zhang"]
    owes(zhang, 10_000)
    owes(zhang, 500, "bill:2")
    paid(zhang, 4_000)
    paid(None, 300, "P2")
    desk.open_desk(cast.east, opening=100, by=cast.cashier)
    desk.take_payment(zhang, amount=6_600, method="cash", by=cast.cashier)
    with on(DECEMBER):
        desk.close_desk(desk.DeskDay.objects.get(), counted=6_700, by=cast.cashier)
        closing.close_month(NOVEMBER, by=BY)


@pytest.mark.parametrize(
    ("check", "harm"),
    [
        ("charge-settled", lambda: Charge.objects.filter(key="bill:1").update(settled=9_999, state="open")),
        ("charge-settled", lambda: Allocation.objects.update(undone=True)),
        ("payment-unused", lambda: Payment.objects.filter(reference="P1").update(unused=1)),
        ("receivable", lambda: Charge.objects.filter(key="bill:2").update(amount=501, state="open")),
        ("advance", lambda: Payment.objects.filter(source="desk").update(unused=99)),
        ("suspense", lambda: Payment.objects.filter(reference="P2").update(amount=301, unused=301)),
        ("allocation", lambda: Charge.objects.filter(key="bill:1").update(agreement_id=_other())),
        ("pause", lambda: Charge.objects.filter(key="bill:1").update(paused="dispute")),
        ("pause", lambda: Pause.objects.create(charge=Charge.objects.get(key="bill:1"), why="dispute", start=TODAY)),
        ("desk-day", lambda: desk.DeskDay.objects.update(opening=99)),
        ("closed-month", lambda: Period.objects.update(totals={"receivable": 1})),
    ],
)  # fmt: skip
def test_whatever_is_tampered_with_is_found(books: Cast, check: str, harm: object) -> None:
    _whole(books)
    prove()
    harm()  # type: ignore[operator]
    assert check in {found.check for found in verifying.breaks()}


def _other() -> int:
    return int(Charge.objects.model.agreement.field.related_model.objects.get(number="3200100003").pk)


def test_a_transfer_slipped_past_the_triggers_is_found(books: Cast) -> None:
    _whole(books)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER receivables_transfer_no_update")
        cursor.execute(
            "UPDATE receivables_transfer SET amount = amount + 1 WHERE id = (SELECT min(id) FROM receivables_transfer)"
        )
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
    assert {"receivable", "closed-month"} <= {found.check for found in verifying.breaks()}


def test_a_break_is_an_alarm_and_bars_the_closing(books: Cast) -> None:
    owes(books.agreements["zhang"], 10_000)
    Charge.objects.update(amount=9_999)
    assert closing.prove_books(by=BY).count == 1
    assert AuditEntry.objects.first().note.startswith("ALARM")
    assert LedgerCheck.objects.get().breaks[0]["check"] == "receivable"
    with on(DECEMBER), pytest.raises(Refused, match="do not prove"):
        closing.close_month(NOVEMBER, by=BY)


def test_opening_balances_are_taken_once_row_by_row(books: Cast) -> None:
    zhang, li = books.agreements["zhang"].number, books.agreements["li"].number
    rows = [
        {"agreement": zhang, "amount": "1,234.50", "due_on": "2026-10-15", "text": "October"},
        {"agreement": li, "amount": "-20", "due_on": "2026/10/15", "text": ""},
        {"agreement": "nobody", "amount": "1", "due_on": "2026-10-15", "text": ""},
        {"agreement": zhang, "amount": "1.005", "due_on": "2026-10-15", "text": "x"},
        {"agreement": zhang, "amount": "1", "due_on": "2026-02-30", "text": "x"},
        {"agreement": zhang, "amount": "=1+1", "due_on": "2026-10-15", "text": "x"},
    ]
    done = take(rows, by=BY)
    assert (done.taken, done.known, [row for row, _ in done.refused]) == (2, 0, [4, 5, 6, 7])
    again = take(rows, by=BY)
    assert (again.taken, again.known, balance("opening")) == (0, 2, -123_450 + 2_000)
    owes(books.agreements["li"], 5_000)
    assert Charge.objects.get(key="bill:1").open == 3_000
    prove()
