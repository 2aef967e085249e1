"""Meters hung, exchanged and taken down: one at a point on a day."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.cast import Cast

from wattloop.apps.enterprise.gate import NotAllowed
from wattloop.apps.metering import services
from wattloop.apps.metering.models import Installation
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def point(cast: Cast):
    """A point at which a meter hangs since the leap day."""
    found = cast.agreements["works"].points.get()
    services.hang_meter(found, "M1", on=D(2024, 2, 29), multiplier_thousandths=200_000, first={"active_in": 10_000},
                        by=cast.chief)  # fmt: skip
    return found


def hung(point) -> list[tuple[str, str, str]]:
    rows = Installation.objects.filter(point=point).order_by("valid_from").select_related("meter")
    return [(i.meter.number, str(i.valid_from), str(i.valid_to or "")) for i in rows]


def test_an_exchange_ends_the_old_meter_the_day_before_and_keeps_both_registers(cast: Cast, point) -> None:
    made = services.exchange_meter(
        point, "M2", on=D(2026, 3, 1), last={"active_in": 9_000_000}, first={"active_in": 0}, by=cast.chief
    )
    assert hung(point) == [("M1", "2024-02-29", "2026-02-28"), ("M2", "2026-03-01", "")]
    assert made.multiplier_thousandths == 200_000
    assert Installation.objects.get(meter__number="M1").last == {"active_in": 9_000_000}
    assert AuditEntry.objects.get(action="metering.meter.exchange").unit_path == "/dj/east/"


@pytest.mark.parametrize(
    ("on", "number", "last", "said"),
    [
        (D(2024, 2, 29), "M2", {}, "a day later at the earliest"),
        (D(2024, 2, 28), "M2", {}, "a day later at the earliest"),
        (D(2026, 3, 1), "M1", {}, "hangs at point"),
        (D(2026, 3, 1), "M2", {"active_in": 9_000}, "went backwards"),
        (D(2026, 3, 1), "M2", {"active_in": 10**9}, "more than the 6 digits"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused_and_nothing_is_done(
    cast: Cast, point, on: dt.date, number: str, last: dict[str, int], said: str
) -> None:
    if number == "M1":
        other = cast.agreements["zhang"].points.get()
        services.hang_meter(other, "M9", on=D(2024, 1, 1), by=cast.chief)
        number = "M9"
    with pytest.raises(Refused, match=said):
        services.exchange_meter(point, number, on=on, last=last, first={}, by=cast.chief)
    assert hung(point) == [("M1", "2024-02-29", "")]


def test_a_meter_taken_down_may_hang_elsewhere_from_the_day_after(cast: Cast, point) -> None:
    services.take_down_meter(point, on=D(2026, 2, 28), last={}, by=cast.chief)
    other = cast.agreements["zhang"].points.get()
    with pytest.raises(Refused, match="hangs at point"):
        services.hang_meter(other, "M1", on=D(2026, 2, 28), by=cast.chief)
    services.hang_meter(other, "M1", on=D(2026, 3, 1), by=cast.chief)
    assert hung(other) == [("M1", "2026-03-01", "")]
    with pytest.raises(Refused, match="no meter hangs"):
        services.exchange_meter(point, "M3", on=D(2026, 4, 1), last={}, first={}, by=cast.chief)


def test_a_point_with_a_meter_gets_no_second_one(cast: Cast, point) -> None:
    with pytest.raises(Refused, match="Exchange it"):
        services.hang_meter(point, "M5", on=D(2026, 1, 1), by=cast.chief)
    assert not Installation.objects.filter(meter__number="M5").exists()


def test_who_may_not_exchange_does_not(cast: Cast, point) -> None:
    with pytest.raises(NotAllowed):
        services.exchange_meter(point, "M2", on=D(2026, 3, 1), last={}, first={}, by=cast.clerk)
