"""What tests of the room share: rules, charges, money that comes in, and what the books say."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Sum

from wattloop.apps.enterprise.models import FolderVersion, Rule
from wattloop.apps.receivables import verifying
from wattloop.apps.receivables.matching import Told
from wattloop.apps.receivables.models import Account, Charge, Payment
from wattloop.apps.receivables.posting import NewCharge, post
from wattloop.apps.receivables.services.payments import take_payments
from wattloop.apps.records.actors import System
from wattloop.library.quantity import clock

TODAY = dt.date(2026, 11, 25)
DAY = dt.timedelta(days=1)
BY = System("test")
NUMBERING = "numbers:\n  receipt: {prefix: R, date: yymmdd, digits: 5, check: luhn}\n"
RULES = "valid_from: 2020-01-01\n"


def with_rules(home: Path, rules: str = RULES, number: int = 1) -> None:
    """Put rules in force as loading a folder does."""
    told = {"currency": "CNY", "minor_digits": 2, "zone": "Asia/Shanghai", "languages": ["zh-hans", "en"],
            "name_zh": "东江供电公司", "name_en": "Dongjiang Power Supply"}  # fmt: skip
    version = FolderVersion.objects.create(
        number=number, loaded_at=clock.now(), loaded_by="test", digest=str(number), rules={"enterprise": told}
    )
    for section, file, text in (
        ("numbering", "numbering.yaml", NUMBERING),
        ("receivables.rules", "receivables/rules.yaml", rules),
    ):
        path = home / "enterprise" / str(number) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        begins = next((line[12:] for line in text.splitlines() if line.startswith("valid_from: ")), None)
        Rule.objects.create(
            section=section, version=version, file=file, valid_from=begins,
            digest=hashlib.sha256(f"{path}{text}".encode()).hexdigest(),
        )  # fmt: skip


def new(agreement: Any, amount: int, key: str = "bill:1", **told: Any) -> NewCharge:
    """A bill of an agreement, all of it energy unless told otherwise."""
    said: dict[str, Any] = {
        "kind": "bill", "reference": key.upper().replace(":", "-"), "text": "November", "made_on": TODAY,
        "due_on": TODAY + 15 * DAY, "currency": "CNY", "parts": {"revenue.energy": amount},
    } | told  # fmt: skip
    return NewCharge(key=key, agreement_id=agreement.pk, amount=amount, **said)


def posted(*charges: NewCharge) -> int:
    """Post charges in a transaction, as an issuing service would."""
    with transaction.atomic():
        return post(charges, by=BY, text="bills of November")


def owes(agreement: Any, amount: int, key: str = "bill:1", **told: Any) -> Charge:
    """A bill of an agreement, posted."""
    posted(new(agreement, amount, key, **told))
    return Charge.objects.get(key=key)


def paid(agreement: Any, amount: int, reference: str = "P1", **told: Any) -> Payment:
    """A payment by bank that names its agreement, taken in."""
    number = agreement.number if agreement is not None else ""
    one = Told("bank", reference, amount, told.pop("paid_on", TODAY), agreement=number, **told)
    return take_payments([one], by=BY)[0]


def balance(code: str) -> int:
    """Debits less credits of an account."""
    account = Account.objects.get(code=code)
    debits, credits_ = (side.aggregate(sum=Sum("amount"))["sum"] or 0 for side in (account.debits, account.credits))
    return int(debits - credits_)


def prove() -> None:
    """The books are whole."""
    assert verifying.breaks() == []


@contextmanager
def on(day: dt.date) -> Iterator[None]:
    """Noon of another day, in the enterprise's zone."""
    with clock.frozen(dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC)):
        yield
