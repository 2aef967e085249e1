"""Payments that another system tells by HTTP: signed with a secret of its own, taken once however often they are sent.

The signature is HMAC-SHA256, as hexadecimal digits, over the seconds since 1970 at which it was made, a
dot, and the body as it was sent: `t=1795579200,v1=…`. One older or younger than five minutes is refused,
so that what was overheard cannot be played again later; the reference keeps it from counting twice before.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Any

from django.db import IntegrityError

from wattloop import environment
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.amounts import a_day, whole
from wattloop.apps.receivables.matching import Told
from wattloop.apps.receivables.models import Payment
from wattloop.apps.receivables.services.payments import take_payments
from wattloop.apps.records.actors import System
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

TOLERANCE = 300
LARGEST = 64 * 1024


class NotSigned(Refused):
    """Whoever calls does not show that they are who they say."""


class Another(Refused):
    """A reference that stands for another payment."""


def secret_of(source: str) -> str:
    """The secret of a source: `WATTLOOP_PAYMENTS_SOURCE`, or the file that `WATTLOOP_PAYMENTS_SOURCE_FILE` names."""
    if not re.fullmatch(r"[a-z][a-z0-9]{1,19}", source):
        return ""
    return environment.secret(f"WATTLOOP_PAYMENTS_{source.upper()}")


def signature(secret: str, seconds: int, body: bytes) -> str:
    """What a caller sends as `X-Wattloop-Signature`."""
    made = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={made}"


def check(source: str, body: bytes, told: str) -> None:
    """Hold a signature against the body.

    Raises:
        NotSigned: where the source is not known, or the signature is missing, wrong, or not of now.
    """
    secret = secret_of(source)
    found = re.fullmatch(r"t=(\d{1,12}),v1=([0-9a-f]{64})", told)
    seconds = int(found[1]) if found else 0
    # Compared even where nothing can be right, so that time does not tell which sources there are.
    right = hmac.compare_digest(signature(secret or "no secret", seconds, body), told if told.isascii() else "")
    if not (secret and found and right):
        raise NotSigned("the call is not signed as it must be", "Sign the body with the secret of the source.")
    if abs(clock.now().timestamp() - seconds) > TOLERANCE:
        raise NotSigned("the signature is not of now", "Set the clock, and sign each call anew.")


def take(source: str, body: bytes) -> tuple[Payment, bool]:
    """Take a payment that was told, once.

    Args:
        source: who tells.
        body: a JSON object: `reference`, `amount` (text with decimals), `paid_on`, and where there are any
            `agreement`, `bill`, `payer`, `text`, `currency`.

    Returns:
        The payment, and whether it is new.

    Raises:
        Refused: where the body is not such an object; `Another` where its reference stands for another amount.
    """
    one = _told(source, body)
    for _ in range(2):
        known: Payment | None = Payment.objects.filter(source=source, reference=one.reference).first()
        if known is not None:
            if known.amount != one.amount:
                raise Another(f"{one.reference} has been told with another amount", field="amount")
            return known, False
        try:
            return take_payments([one], by=System(f"payments.{source}"))[0], True
        except IntegrityError:
            continue  # told at the same time by another call: it is there now
    raise Refused("the payment could not be taken", "Send it again.")


def _told(source: str, body: bytes) -> Told:
    try:
        told = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Refused("the body is not a JSON object", "Send an object with reference, amount and paid_on.")
    settings = enterprise.settings()
    if _text(told, "currency") not in {"", settings.currency}:
        raise Refused(f"the currency is {settings.currency}", field="currency")
    reference, amount = _text(told, "reference"), whole(_text(told, "amount"), settings.minor_digits)
    if not reference or len(reference) > 120:
        raise Refused("a payment has a reference of at most 120 characters", field="reference")
    if amount <= 0:
        raise Refused("a payment is above zero", field="amount")
    paid_on = a_day(_text(told, "paid_on"), "paid_on")
    if paid_on > enterprise.today():
        raise Refused(f"{paid_on} is in the future", field="paid_on")
    return Told(
        source, reference, amount, paid_on, payer=_text(told, "payer")[:200], text=_text(told, "text")[:300],
        agreement=_text(told, "agreement"), bill=_text(told, "bill"),
    )  # fmt: skip


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value:
        raise Refused(f"{name} is a text", field=name)
    return value.strip()
