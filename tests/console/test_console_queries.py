"""A page asks the database a bounded number of questions, and no more of them with more customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast
from tests.console.places import Place, grow, pages, prepare

from wattloop.apps.customers.models import Agreement, AgreementVersion, Customer, UsagePoint
from wattloop.apps.enterprise import gate


@pytest.mark.django_db
@pytest.mark.parametrize("place", pages(), ids=str)
def test_questions_are_bounded_and_do_not_grow(
    place: Place, cast: Cast, home: Any, settings: Any, signed_in: Callable[[str], Client]
) -> None:
    settings.GALLERY = True
    made = prepare(cast)
    client = signed_in(next(name for name, user in cast.users.items() if not place.get or gate.may(user, place.get)))
    url = place.url(made)
    client.get(url)  # what a process learns once is learnt
    few = _asked(client, url)
    _more(cast)
    grow(cast, made)
    many = _asked(client, url)
    assert len(many) <= place.queries, "\n".join(many)
    assert len(many) <= len(few), "\n".join(sorted(set(many) - set(few)))


def _asked(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def _more(cast: Cast, count: int = 30) -> None:
    for n in range(count):
        customer = Customer.objects.create(number=f"G{n:04}", name=f"王{n}", kind="person", unit=cast.east)
        agreement = Agreement.objects.create(number=f"3299{n:06}", customer=customer, unit=cast.east)
        AgreementVersion.objects.create(
            agreement=agreement, customer=customer, valid_from=dt.date(2024, 1, 1), tariff="residential-yearly",
            customer_class="residential", voltage="<1kV",
        )  # fmt: skip
        UsagePoint.objects.create(number=agreement.number, agreement=agreement)
