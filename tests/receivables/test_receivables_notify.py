"""Payments told by another system: signed, of now, once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.cast import Cast
from tests.receivables.money import owes, prove

from wattloop.apps.receivables.models import Charge, Payment
from wattloop.apps.receivables.notify import signature
from wattloop.library.quantity import clock

SECRET = "a long secret of the wallet"
ADDRESS = "/payments/notify/wallet"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTLOOP_PAYMENTS_WALLET", SECRET)


def call(body: Any, *, secret: str = SECRET, age: int = 0, address: str = ADDRESS, sign: str | None = None) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    seconds = int(clock.now().timestamp()) - age
    header = signature(secret, seconds, raw) if sign is None else sign
    return Client(enforce_csrf_checks=True).post(
        address, raw, content_type="application/json", headers={"x-wattloop-signature": header}
    )


def told(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"reference": "W1", "amount": "100.00", "paid_on": "2026-11-25",
            "agreement": cast.agreements["zhang"].number} | more  # fmt: skip


def test_a_signed_call_is_taken_once_however_often_it_comes(books: Cast) -> None:
    owes(books.agreements["zhang"], 10_000)
    first, second = call(told(books)), call(told(books))
    assert (first.status_code, first.json()["taken"], first.json()["state"]) == (201, True, "matched")
    assert (second.status_code, second.json()["taken"]) == (200, False)
    assert (Payment.objects.count(), Charge.objects.get().open) == (1, 0)
    prove()


def test_the_same_reference_with_another_amount_is_a_conflict(books: Cast) -> None:
    call(told(books))
    assert call(told(books, amount="99")).status_code == 409
    assert Payment.objects.get().amount == 10_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "another"},
        {"age": 301},
        {"age": -301},
        {"sign": ""},
        {"sign": "t=1,v1=" + "0" * 64},
        {"sign": "签名"},
        {"address": "/payments/notify/unknown"},
        {"address": "/payments/notify/WALLET"},
    ],
)
def test_a_call_that_is_not_signed_as_it_must_be_takes_nothing(books: Cast, wrong: dict[str, Any]) -> None:
    assert call(told(books), **wrong).status_code == 401
    assert not Payment.objects.exists()


def test_a_changed_body_is_not_signed(books: Cast) -> None:
    raw = json.dumps(told(books)).encode()
    header = signature(SECRET, int(clock.now().timestamp()), raw)
    assert call(raw.replace(b"100.00", b"900.00"), sign=header).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{", b"\xff", b"[" * 50_000, {"amount": "1"}, {"reference": "W1", "amount": "0"},
        {"reference": "W1", "amount": "-1", "paid_on": "2026-11-25"},
        {"reference": ["W1"], "amount": "1", "paid_on": "2026-11-25"},
        {"reference": "W1", "amount": "1.001", "paid_on": "2026-11-25"},
        {"reference": "W1", "amount": "1", "paid_on": "2027-11-25"},
        {"reference": "W1", "amount": "1", "paid_on": "2026-11-25", "currency": "USD"},
        {"reference": "W\x001", "amount": "1", "paid_on": "2026-11-25"},
    ],
)  # fmt: skip
def test_a_body_that_is_no_payment_is_told_so(books: Cast, body: Any) -> None:
    answer = call(body)
    assert answer.status_code == 400
    assert answer.json()["wrong"]
    assert not Payment.objects.exists()


def test_numbers_of_json_are_read_exactly(books: Cast) -> None:
    raw = json.dumps(told(books)).replace('"100.00"', "1234567.89").encode()
    assert call(raw).status_code == 201
    assert Payment.objects.get().amount == 123_456_789


def test_only_a_post_is_heard_and_not_a_long_one(books: Cast) -> None:
    assert Client().get(ADDRESS).status_code == 405
    assert call({"text": "x" * 70_000}).status_code == 413
