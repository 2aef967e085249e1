"""Supplies: by what somebody is supplied from a day on, and who should have a second one."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.cast import Cast

from wattloop.apps.enterprise.gate import NotAllowed
from wattloop.apps.metering.checks import findings
from wattloop.apps.network import queries, services
from wattloop.apps.network.models import Area, Feeder
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def places(cast: Cast) -> tuple[Feeder, Area]:
    """A feeder, and an area of it."""
    feeder = services.set_feeder(code="F1", name="人民线", unit=cast.east, by=cast.chief)
    return feeder, services.set_area(code="T1", name="1号台区", feeder=feeder, unit=cast.east, by=cast.chief)


def test_a_new_main_supply_ends_the_one_before(cast: Cast, places) -> None:
    feeder, area = places
    works = cast.agreements["works"]
    services.set_supply(works, rank="main", on=D(2024, 1, 1), area=area, by=cast.chief)
    services.set_supply(works, rank="main", on=D(2026, 3, 1), feeder=feeder, by=cast.chief)
    spans = [(str(s.valid_from), str(s.valid_to or "")) for s in queries.supplies_of(works)]
    assert spans == [("2026-03-01", ""), ("2024-01-01", "2026-02-28")]
    assert list(queries.agreements_of(feeder)) == [works]
    assert list(queries.agreements_of(area)) == []
    with pytest.raises(Refused, match="begins on 2026-03-01 already"):
        services.set_supply(works, rank="main", on=D(2026, 3, 1), area=area, by=cast.chief)


def test_a_supply_comes_from_one_place(cast: Cast, places) -> None:
    feeder, area = places
    with pytest.raises(Refused, match="not both"):
        services.set_supply(cast.agreements["works"], rank="main", on=D(2024, 1, 1), area=area, feeder=feeder,
                            by=cast.chief)  # fmt: skip
    with pytest.raises(Refused, match="comes from"):
        services.set_supply(cast.agreements["works"], rank="second", on=D(2024, 1, 1), by=cast.chief)
    services.set_supply(cast.agreements["works"], rank="own", on=D(2024, 1, 1), by=cast.chief)


def test_important_users_without_a_second_supply_are_named(cast: Cast, places) -> None:
    feeder, _ = places
    works = cast.agreements["works"]
    cast.customers["works"].importance = "first"
    cast.customers["works"].save()
    assert [a.number for a in queries.without_second_supply()] == [works.number]
    assert "second-supply" in {f.check for f in findings()}
    supply = services.set_supply(works, rank="second", on=D(2024, 1, 1), feeder=feeder, by=cast.chief)
    assert not queries.without_second_supply().exists()
    services.end_supply(supply, on=D(2026, 1, 1), by=cast.chief)
    assert queries.without_second_supply().exists()
    works.state = "closed"
    works.save()
    assert not queries.without_second_supply().exists()


def test_codes_are_given_once_and_by_who_may(cast: Cast, places) -> None:
    with pytest.raises(Refused, match="there already"):
        services.set_area(code="T1", name="x", unit=cast.east, by=cast.chief)
    with pytest.raises(NotAllowed):
        services.set_area(code="T2", name="x", unit=cast.east, by=cast.clerk)
