"""Two people at once: one result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from tests.cast import Cast, make_cast
from tests.receivables.money import BY, TODAY, new, owes, posted, prove, with_rules

from wattloop.apps.receivables import bankimport
from wattloop.apps.receivables.matching import Told
from wattloop.apps.receivables.models import Adjustment, Charge, Payment, Period, Refund
from wattloop.apps.receivables.services import adjustments, closing, desk, payments, refunds
from wattloop.apps.records.actors import System
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(db: None, home: Path) -> Cast:
    cast = make_cast()
    with_rules(home)
    return cast


def together(*things: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment, each on a connection of its own; what each returned or was refused with."""
    ready, now, results = threading.Barrier(len(things)), clock.now(), [None] * len(things)

    def run(place: int, thing: Callable[[], Any]) -> None:
        with clock.frozen(now):
            ready.wait()
            try:
                results[place] = thing()
            except Exception as error:
                results[place] = error
            finally:
                connections.close_all()

    threads = [threading.Thread(target=run, args=(place, thing)) for place, thing in enumerate(things)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def refused(results: list[Any]) -> int:
    strange = [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert strange == []
    return sum(isinstance(one, Refused) for one in results)


def test_two_cashiers_take_the_same_debt_once(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 5_000)
    cashiers = [System("first"), System("second")]
    for one in cashiers:
        desk.open_desk(books.east, opening=0, by=one)
    results = together(*(
        lambda by=by: desk.take_payment(zhang, amount=5_000, method="cash", by=by, owed=5_000) for by in cashiers
    ))  # fmt: skip
    assert refused(results) == 1
    assert (Payment.objects.count(), Charge.objects.get().state) == (1, "settled")
    prove()


def test_a_desk_day_that_is_closed_meanwhile_holds_what_it_took(books: Cast) -> None:
    zhang, cashier = books.agreements["zhang"], System("first")
    day = desk.open_desk(books.east, opening=0, by=cashier)
    results = together(
        lambda: desk.take_payment(zhang, amount=5_000, method="cash", by=cashier),
        lambda: desk.close_desk(day, counted=0, by=cashier, note="counted before"),
    )
    assert refused(results) <= 1
    day.refresh_from_db()
    assert day.expected == 5_000 * Payment.objects.count()
    prove()


def test_the_same_bank_file_twice_in_parallel_is_taken_once(
    books: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bankimport, "CHUNK", 50)
    owes(books.agreements["zhang"], 50_000)
    file = tmp_path / "statement.csv"
    number = books.agreements["zhang"].number
    lines = "".join(f"R{n},2026-11-20,1.00,{number if n % 3 else ''}\n" for n in range(300))
    file.write_text("reference,date,amount,agreement\n" + lines, encoding="utf-8")
    results = together(*(lambda: bankimport.take_in(file, by=BY) for _ in range(3)))
    refused(results)
    assert (Payment.objects.count(), Charge.objects.get().settled) == (300, 20_000)
    prove()


def test_one_reference_told_by_two_calls_is_one_payment(books: Cast) -> None:
    from wattloop.apps.receivables import notify

    body = b'{"reference": "W1", "amount": "5", "paid_on": "2026-11-25"}'
    results = together(*(lambda: notify.take("wallet", body) for _ in range(4)))
    assert refused(results) == 0
    assert sorted(new for _, new in results) == [False, False, False, True]
    prove()


def test_bills_payments_and_reversals_of_an_agreement_wait_for_each_other(books: Cast) -> None:
    zhang, works = books.agreements["zhang"], books.agreements["works"]
    owes(zhang, 5_000)
    bounced = payments.take_payments([Told("bank", "P0", 5_000, TODAY, agreement=zhang.number)], by=BY)[0]
    results = together(
        lambda: payments.reverse_payment(bounced, reason="bounced", by=BY),
        lambda: posted(new(zhang, 700, "bill:7"), new(works, 700, "bill:8")),
        lambda: payments.take_payments(
            [Told("bank", f"P{n}", 900, TODAY, agreement=(works, zhang)[n % 2].number) for n in range(1, 9)], by=BY
        ),
        lambda: posted(new(works, 300, "bill:9"), new(zhang, 300, "bill:10")),
    )
    assert refused(results) == 0
    zhangs = Charge.objects.filter(agreement=zhang)
    assert sum(one.open for one in zhangs) == 5_000 + 700 + 300 - 4 * 900
    assert not Payment.objects.filter(agreement=zhang, unused__gt=0).exists()
    prove()


def test_a_payment_is_matched_a_refund_paid_and_a_write_off_done_once(books: Cast) -> None:
    zhang, works = books.agreements["zhang"], books.agreements["works"]
    unknown = payments.take_payments([Told("bank", "P1", 900, TODAY)], by=BY)[0]
    assert refused(together(*(
        lambda to=to: payments.match_payment(unknown, to, by=BY) for to in (zhang, works)
    ))) == 1  # fmt: skip
    known = payments.take_payments([Told("bank", "P2", 90_000, TODAY, agreement=zhang.number)], by=BY)[0]
    refund = refunds.propose_refund(known, amount=80_000, method="bank", reason="x", by=BY)
    assert refused(together(*(
        lambda by=by, pay=pay: refunds.decide_refund(refund, pay=pay, by=System(by))
        for by, pay in (("a", True), ("b", False))
    ))) == 1  # fmt: skip
    assert Refund.objects.get().state in {"paid", "refused"}
    made = adjustments.propose_adjustment(owes(works, 50_000), kind="write-off", amount=40_000, reason="x", by=BY)
    assert refused(together(*(
        lambda by=by: adjustments.decide_adjustment(made, accept=True, by=System(by)) for by in ("a", "b")
    ))) == 1  # fmt: skip
    assert Adjustment.objects.get().state == "done"
    prove()


def test_nothing_slips_into_a_month_that_is_being_closed(books: Cast) -> None:
    import datetime as dt

    owes(books.agreements["zhang"], 5_000)
    with clock.frozen(dt.datetime(2026, 12, 2, 4, tzinfo=dt.UTC)):
        results = together(
            lambda: closing.close_month(TODAY, by=BY),
            *(lambda n=n: posted(new(books.agreements["works"], 100, f"bill:{n}")) for n in range(2, 6)),
        )
    assert [one for one in results if isinstance(one, Exception) and "closed" not in str(one)] == []
    if Period.objects.get(start=TODAY.replace(day=1)).closed_at is not None:
        prove()
    assert connection.vendor in {"sqlite", "postgresql"}
