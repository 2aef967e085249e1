"""Bills become charges and transfers, once."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from tests.cast import Cast
from tests.receivables.money import balance, new, posted

from wattloop.apps.receivables.models import Charge, Entry, Period, Transfer
from wattloop.library.quantity.refusal import Refused


def test_a_bill_is_owed_and_its_parts_stand_in_their_accounts(cast: Cast) -> None:
    parts = {"revenue.energy": 9_000, "funds": 800, "tax": 234, "revenue.power-factor": -34}
    assert posted(new(cast.agreements["zhang"], 10_000, parts=parts)) == 1
    charge = Charge.objects.get()
    assert (charge.amount, charge.open, charge.state) == (10_000, 10_000, "open")
    assert [balance(code) for code in ("receivable", *parts)] == [10_000, -9_000, -800, -234, 34]
    assert Entry.objects.get().transfers.count() == 4


def test_a_chunk_posted_again_changes_nothing(cast: Cast) -> None:
    bills = [new(cast.agreements[who], 100, f"bill:{who}") for who in ("zhang", "works")]
    assert posted(*bills[:1]) == 1
    assert posted(*bills) == 1
    assert posted(*bills) == 0
    assert (Charge.objects.count(), Transfer.objects.count(), balance("receivable")) == (2, 2, 200)


def test_a_key_that_stands_for_another_amount_is_refused(cast: Cast) -> None:
    posted(new(cast.agreements["zhang"], 100))
    with pytest.raises(Refused, match="another amount"):
        posted(new(cast.agreements["zhang"], 101))


def test_parts_that_do_not_add_up_are_refused_and_nothing_is_entered(cast: Cast) -> None:
    good, bad = new(cast.agreements["li"], 5, "bill:2"), new(cast.agreements["zhang"], 100, parts={"tax": 99})
    with pytest.raises(Refused, match="add up to 99, not to 100"):
        posted(good, bad)
    assert not Charge.objects.exists()


def test_an_account_that_no_rule_names_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="no account petty"):
        posted(new(cast.agreements["zhang"], 100, parts={"petty": 100}))
    assert not Entry.objects.exists()


def test_a_credit_settles_the_oldest_charge_of_its_agreement_alone(cast: Cast) -> None:
    zhang, li = cast.agreements["zhang"], cast.agreements["li"]
    posted(new(zhang, 1_000), new(li, 1_000, "bill:2"))
    posted(new(zhang, -300, "bill:3", kind="correction"))
    assert Charge.objects.get(key="bill:1").open == 700
    assert Charge.objects.get(key="bill:2").open == 1_000
    assert Charge.objects.get(key="bill:3").state == "settled"
    posted(new(zhang, -900, "bill:4", kind="correction"))
    assert (Charge.objects.get(key="bill:1").state, Charge.objects.get(key="bill:4").open) == ("settled", -200)
    posted(new(zhang, 500, "bill:5"))
    assert (Charge.objects.get(key="bill:5").open, Charge.objects.get(key="bill:4").open) == (300, 0)


def test_a_bill_of_nothing_is_settled_at_once(cast: Cast) -> None:
    posted(new(cast.agreements["zhang"], 0, parts={}))
    assert Charge.objects.get().state == "settled"


def test_a_closed_month_takes_nothing(cast: Cast) -> None:
    charge = new(cast.agreements["zhang"], 100)
    Period.objects.create(start=charge.made_on.replace(day=1), closed_at="2026-12-01T00:00Z", closed_by="a")
    with pytest.raises(Refused, match="the books of 2026-11 are closed"):
        posted(charge)


def test_the_database_itself_refuses_what_the_ledger_forbids(cast: Cast) -> None:
    posted(new(cast.agreements["zhang"], 100))
    entry, moved = Entry.objects.get(), Transfer.objects.get()
    Period.objects.filter(start="2026-11-01").update(closed_at="2026-12-01T00:00Z", closed_by="a")
    copied = {"entry": entry, "debit": moved.debit, "credit": moved.credit, "amount": 1}
    for forbidden in (
        lambda: Entry.objects.update(text="x"),
        lambda: Entry.objects.all()._raw_delete(Entry.objects.db),
        lambda: Transfer.objects.update(amount=1),
        lambda: Transfer.objects.all()._raw_delete(Transfer.objects.db),
        lambda: Transfer.objects.create(**copied),
        lambda: Entry.objects.create(key="x", kind="x", on="2026-11-30", at="2026-11-30T00:00Z", by="x"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forbidden()
    assert Transfer.objects.get().amount == 100
