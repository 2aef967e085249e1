"""What others read of meters, readings and their sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from wattloop.apps.customers.models import Agreement, UsagePoint
from wattloop.apps.customers.search.finding import beginning
from wattloop.apps.enterprise import gate
from wattloop.apps.metering.models import Installation, Meter, ReadingFile, Source
from wattloop.library.quantity import clock


def customers_by_meter(text: str, limit: int) -> Iterable[tuple[int, str]]:
    """Customers' ids by what the number of one of their meters begins with, with that number."""
    meters = beginning(Meter.objects.all(), "number", text).order_by("number")[:limit]
    ids = list(meters.values_list("pk", flat=True))
    rows = Installation.objects.filter(meter__in=ids).order_by("valid_from")
    return list(rows.values_list("point__agreement__customer", "meter__number"))


def installations_of(agreement: Agreement) -> QuerySet[Installation]:
    """The meters of an agreement's points, the newest first."""
    found: QuerySet[Installation] = (
        Installation.objects.filter(point__agreement=agreement)
        .select_related("meter", "point")
        .order_by("point__number", "-valid_from")
    )
    return found


def sources() -> QuerySet[Source]:
    """Watched folders with `count_refused` and `last_day`: refused files of the last thirty days, the last reading."""
    since = clock.now() - dt.timedelta(days=30)
    refused = Q(files__state=ReadingFile.State.REFUSED, files__came_at__gte=since)
    found: QuerySet[Source] = Source.objects.annotate(
        count_refused=Count("files", filter=refused), last_day=Max("files__last_day")
    )
    return found


def health(source: Source) -> str:
    """How a source is: `stopped`, `problem`, `late`, `refusing` or `well`; of `sources()`."""
    if not source.active:
        return "stopped"
    if source.problem:
        return "problem"
    allowed = dt.timedelta(hours=source.expected_every_hours)
    if source.taken_at is None or clock.now() - source.taken_at > allowed:
        return "late"
    return "refusing" if getattr(source, "count_refused", 0) else "well"


@dataclass(frozen=True, slots=True)
class Todo:
    """What waits in this room: sources that are not well, files refused in the last thirty days, those in line."""

    unwell: list[Source]
    refused: int
    waiting: int


def todo(user: Any) -> Todo:
    """What waits for a user in this room; nothing for who may not see readings."""
    if not gate.may(user, "metering.readings.view"):
        return Todo([], 0, 0)
    since = clock.now() - dt.timedelta(days=30)
    states = dict(ReadingFile.objects.filter(came_at__gte=since).order_by().values_list("state").annotate(Count("pk")))
    unwell = [source for source in sources() if health(source) in ("problem", "late")]
    return Todo(unwell, states.get(ReadingFile.State.REFUSED, 0), states.get(ReadingFile.State.WAITING, 0))


def measured_by_intervals(points: QuerySet[UsagePoint], first: dt.date, last: dt.date) -> QuerySet[UsagePoint]:
    """Those of some points that should have interval readings on a day between two, both included."""
    return (
        points.filter(fixed_wh__isnull=True, share_millionths__isnull=True)
        .exclude(source="registers")
        .exclude(valid_to__lt=first)
        .exclude(valid_from__gt=last)
        .exclude(agreement__closed_on__lt=first)
    )
