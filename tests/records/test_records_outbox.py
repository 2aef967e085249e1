"""The outbox: told with what happened, delivered in order by key, once for what the database keeps."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from tests.records import tasks

from wattloop.apps.records import outbox
from wattloop.apps.records.models import Delivery, Job, Message
from wattloop.apps.records.tidying import tidy
from wattloop.library.quantity import clock

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
TOPIC = "tests.cut-due"


@pytest.fixture
def heard(monkeypatch):
    """What the one subscriber was told; keys in `broken` make it fail."""
    monkeypatch.setattr(outbox, "_subscribers", {})

    class Heard(list):
        broken: frozenset[str] = frozenset()

    heard = Heard()

    @outbox.subscribe(TOPIC, "tests.cutter")
    def cut(message: Message) -> None:
        tasks.mark(f"effect {message.key}")
        if message.key in heard.broken:
            raise ValueError(f"no meter for {message.key}")
        heard.append((message.key, message.body["n"]))

    return heard


def tell(key: str, n: int) -> None:
    with transaction.atomic():
        outbox.tell(TOPIC, key, {"n": n})


def test_what_is_told_is_delivered_once_and_in_order(heard):
    for n in range(3):
        tell("甲", n)
    assert outbox.deliver() == 3
    assert heard == [("甲", 0), ("甲", 1), ("甲", 2)]
    assert outbox.deliver() == 0


def test_what_did_not_happen_is_not_told(heard):
    with transaction.atomic():
        outbox.tell(TOPIC, "a", {"n": 1})
        transaction.set_rollback(True)
    assert outbox.deliver() == 0


@pytest.mark.django_db(transaction=True)
def test_telling_outside_a_transaction_is_refused(heard):
    with pytest.raises(transaction.TransactionManagementError):
        outbox.tell(TOPIC, "a", {"n": 1})


def test_a_message_that_fails_holds_up_its_key_and_no_other_and_leaves_no_effect(heard):
    heard.broken = {"a"}
    with clock.frozen(NOON):
        for n in range(2):
            tell("a", n)
            tell("b", n)
        assert outbox.deliver() == 2
        assert heard == [("b", 0), ("b", 1)]
        assert "effect a" not in tasks.marks()
        first = Delivery.objects.order_by("message").first()
        assert (first.attempts, first.error) == (1, "ValueError: no meter for a")
        heard.broken = set()
        assert outbox.deliver() == 0, "it waits before it is tried again"
    with clock.frozen(NOON + dt.timedelta(seconds=5)):
        assert outbox.deliver() == 2
    assert heard[2:] == [("a", 0), ("a", 1)]


def test_a_message_that_fails_again_and_again_waits_longer_and_counts_as_stuck(heard):
    heard.broken = {"a"}
    with clock.frozen(NOON):
        tell("a", 0)
    moment, waits = NOON, []
    for _ in range(6):
        with clock.frozen(moment):
            outbox.deliver()
        after = Delivery.objects.get().next_at
        waits.append((after - moment).total_seconds())
        moment = after
    assert waits == [5, 10, 20, 40, 80, 160]
    assert outbox.stuck().count() == 1


def test_each_subscriber_has_a_delivery_of_its_own(heard):
    @outbox.subscribe(TOPIC, "tests.other")
    def fails(message: Message) -> None:
        raise RuntimeError

    tell("a", 1)
    assert outbox.deliver() == 1
    assert heard == [("a", 1)]
    assert outbox.waiting().get().subscriber == "tests.other"


def test_a_subscriber_that_is_gone_is_waited_for_and_disturbs_nobody(heard):
    tell("a", 1)
    outbox._subscribers.clear()
    assert outbox.deliver() == 0
    assert outbox.waiting().count() == 1


def test_a_thousand_messages_are_delivered_in_one_go(heard):
    for n in range(1000):
        tell(f"k{n % 7}", n)
    assert outbox.deliver() == 1000
    for key in range(7):
        numbers = [n for name, n in heard if name == f"k{key}"]
        assert numbers == sorted(numbers)


def test_what_was_delivered_and_ended_a_season_ago_is_forgotten_and_nothing_else(heard):
    with clock.frozen(NOON):
        tell("old", 1)
        outbox.deliver()
        tell("waits", 1)
        Job.objects.create(task="old", by="x", state="done", made_at=NOON, run_after=NOON, ended_at=NOON)
        Job.objects.create(task="new", by="x", made_at=NOON, run_after=NOON)
    with clock.frozen(NOON + dt.timedelta(days=91)):
        tell("young", 1)
        assert tidy() == {"jobs": 1, "messages": 2}  # the told one and the mark it left
    assert list(Message.objects.order_by("id").values_list("key", flat=True)) == ["waits", "young"]
    assert Job.objects.get().task == "new"
