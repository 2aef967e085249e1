"""When bills are due: so many days after their own by class, and, where the rules say so, not before a working day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q

from wattloop.apps.customers.models import AgreementVersion
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.ruled import rules


def due_dates(classes: Iterable[str], on: dt.date) -> dict[str, dt.date]:
    """The day by which bills of a day are to be paid, by customer class.

    Raises:
        Refused: where working days are asked for and the enterprise's calendar does not reach that far.
    """
    terms = rules(on)
    found = {one: on + dt.timedelta(days=terms.due_days(one)) for one in set(classes)}
    if not enterprise.rule("billing.issue", on).due_on_working_days:
        return found
    calendar = enterprise.calendar()
    return {one: _working(calendar, day) for one, day in found.items()}


def _working(calendar: Any, day: dt.date) -> dt.date:
    while not calendar.is_working(day):
        day += dt.timedelta(days=1)
    return day


def classes_of(agreements: Collection[int], on: dt.date) -> dict[int, str]:
    """{agreement: its class} as of a day, or as it was last before."""
    versions = AgreementVersion.objects.filter(Q(valid_from__lte=on), agreement__in=agreements).order_by("valid_from")
    return dict(versions.values_list("agreement_id", "customer_class"))
