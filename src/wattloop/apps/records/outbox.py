"""What happened in one room, told to later rooms.

A service tells in its own transaction; a periodic job calls each subscriber. What a subscriber does is
committed together with its delivery, so that it is done once; what it does outside the database may
happen again when a process dies in between. Messages of a key reach a subscriber one after another; one
that fails is tried again later, and holds up no other key.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q

from wattloop.apps.records.models import Delivery, Message
from wattloop.library.quantity import clock

log = logging.getLogger("wattloop.outbox")
Subscriber = Callable[[Message], None]
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=5), dt.timedelta(hours=1)
# From so many attempts on a message counts as stuck: somebody should look.
STUCK = 5
_ROUND = 200
_AT_ONCE = 1_000
_subscribers: dict[str, dict[str, Subscriber]] = {}


def subscribe(topic: str, subscriber: str) -> Callable[[Subscriber], Subscriber]:
    """Have a function called with every message of a topic that is told from now on.

    It runs in a transaction of its own, which should be short.
    """

    def declare(function: Subscriber) -> Subscriber:
        _subscribers.setdefault(topic, {})[subscriber] = function
        return function

    return declare


def tell(topic: str, key: str, body: dict[str, Any]) -> Message:
    """Say what happened, in the transaction in which it did.

    Args:
        topic: `room.thing.what`, as `receivables.dunning.cut-due`.
        key: of the object concerned; messages of one key are delivered in order.
        body: plain values of JSON.

    Raises:
        TransactionManagementError: outside a transaction.
    """
    return tell_all(topic, [(key, body)])[0]


def tell_all(topic: str, told: Iterable[tuple[str, dict[str, Any]]]) -> list[Message]:
    """Say the same of many, each by its key and body, in few statements; as `tell`.

    Raises:
        TransactionManagementError: outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        msg = "an outbox is told inside the transaction of what happened"
        raise transaction.TransactionManagementError(msg)
    now = clock.now()
    messages: list[Message] = Message.objects.bulk_create(
        (Message(topic=topic, key=key, body=body, at=now) for key, body in told), batch_size=_AT_ONCE
    )
    Delivery.objects.bulk_create(
        (
            Delivery(message=message, subscriber=name, key=message.key)
            for message in messages
            for name in _subscribers.get(topic, {})
        ),
        batch_size=_AT_ONCE,
    )
    return messages


def waiting() -> models.QuerySet[Delivery]:
    """Deliveries that are still to be made."""
    found: models.QuerySet[Delivery] = Delivery.objects.filter(delivered_at=None)
    return found


def stuck() -> models.QuerySet[Delivery]:
    """Those that were tried again and again."""
    return waiting().filter(attempts__gte=STUCK)


def deliver(
    held: Callable[[], AbstractContextManager[None]] = transaction.atomic, check: Callable[[], None] = lambda: None
) -> int:
    """Call the subscribers of what waits and is due; how many deliveries were made.

    Args:
        held: the transaction in which each is made.
        check: called between them.
    """
    made = 0
    known = sorted({name for topic in _subscribers.values() for name in topic})
    earlier = waiting().filter(subscriber=OuterRef("subscriber"), key=OuterRef("key"), message__lt=OuterRef("message"))
    due = Q(next_at=None) | Q(next_at__lte=clock.now())
    while True:
        first = waiting().filter(due, subscriber__in=known).exclude(Exists(earlier)).order_by("message")
        found = list(first.select_related("message")[:_ROUND])
        for delivery in found:
            check()
            made += _deliver(delivery, held)
        if not found:
            return made


def _deliver(delivery: Delivery, held: Callable[[], AbstractContextManager[None]]) -> int:
    try:
        with held():
            # Locked and still to be made: another process may have been quicker.
            if not waiting().filter(pk=delivery.pk).update(attempts=F("attempts") + 1):
                return 0
            # One that no longer asks for this topic is a KeyError, and told like any other failure.
            _subscribers[delivery.message.topic][delivery.subscriber](delivery.message)
            waiting().filter(pk=delivery.pk).update(delivered_at=clock.now(), error="", next_at=None)
    except Exception as error:
        log.exception("message %s for %s", delivery.message_id, delivery.subscriber)
        wait = min(FIRST_WAIT * 2 ** min(delivery.attempts, 20), LONGEST_WAIT)
        waiting().filter(pk=delivery.pk).update(
            attempts=F("attempts") + 1, error=f"{type(error).__name__}: {error}"[:500], next_at=clock.now() + wait
        )
        return 0
    return 1
