"""Tasks of the tests' own: each leaves messages in the outbox's table as its effect."""

from __future__ import annotations

import time

from django.db import DatabaseError

from wattloop.apps.records import jobs
from wattloop.apps.records.models import Message
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused


def mark(key: str) -> None:
    Message.objects.create(topic="tests.mark", key=key, body={}, at=clock.now())


def marks() -> list[str]:
    return list(Message.objects.filter(topic="tests.mark").order_by("id").values_list("key", flat=True))


@jobs.task("tests.add")
def add(context: jobs.Context, first: int, second: int) -> int:
    mark(f"{first}+{second}")
    return first + second


@jobs.task("tests.steps")
def steps(context: jobs.Context, name: str, count: int, seconds: float = 0.0) -> int:
    """Leave one mark a step, once each, however often it is begun."""
    for step in range(count):
        context.check()
        with context.transaction():
            if not Message.objects.filter(topic="tests.mark", key=f"{name}:{step}").exists():
                mark(f"{name}:{step}")
        context.progress(step + 1, count, f"step {step + 1}")
        time.sleep(seconds)
    return count


@jobs.task("tests.refuses")
def refuses(context: jobs.Context) -> None:
    raise Refused("there is no reading of May", "Import it first.")


@jobs.task("tests.fails", attempts=3)
def fails(context: jobs.Context) -> None:
    mark(f"attempt {context.attempt}")
    raise DatabaseError("nobody knows\0 why")


@jobs.task("tests.leads")
def leads(context: jobs.Context, left: int) -> None:
    mark(str(left))
    if left:
        jobs.start(leads, left - 1, by=context.by)


@jobs.task("tests.odd")
def odd(context: jobs.Context) -> object:
    return object()


@jobs.task("tests.talks")
def talks(context: jobs.Context) -> None:
    context.log.info("three meters are silent")


@jobs.task("tests.counts")
def counts(context: jobs.Context, name: str, count: int, seconds: float) -> int:
    """Leave the next mark until there are enough. Two that did so at once would leave one twice."""
    while True:
        context.check()
        with context.transaction():
            done = Message.objects.filter(topic="tests.mark", key__startswith=f"{name}:").count()
            if done == count:
                return done
            time.sleep(seconds)
            mark(f"{name}:{done}")
        context.progress(done + 1, count)
