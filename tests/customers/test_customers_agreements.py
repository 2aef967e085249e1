"""Agreements by their days: terms that follow each other, owners, points, transformers; what is billed stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from tests.cast import Cast

from wattloop.apps.customers import billed, services
from wattloop.apps.customers.models import Agreement, AgreementVersion, TransformerState, UsagePoint
from wattloop.apps.enterprise.gate import NotAllowed
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def billed_until(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, dt.date]]:
    """Days up to which agreements are billed, by their ids."""
    days: dict[int, dt.date] = {}
    monkeypatch.setattr(billed, "_told", [lambda ids: {i: days[i] for i in ids if i in days}])
    return days


def spans(agreement: Agreement) -> list[tuple[str, str, str]]:
    return [(str(v.valid_from), str(v.valid_to or ""), v.tariff) for v in agreement.versions.order_by("valid_from")]


def test_new_terms_from_a_leap_day_end_those_before_on_the_day_before(cast: Cast) -> None:
    zhang = cast.agreements["zhang"]
    services.new_terms(zhang, on=D(2024, 2, 29), by=cast.chief, tariff="residential-seasonal", reason="asked for it")
    assert spans(zhang) == [
        ("2024-01-01", "2024-02-28", "residential-yearly"), ("2024-02-29", "", "residential-seasonal"),
    ]  # fmt: skip
    entry = AuditEntry.objects.get(action="customers.agreement.terms")
    assert entry.after["tariff"] == "residential-seasonal"
    assert entry.unit_path == "/dj/east/"


def test_new_terms_between_two_versions_split_the_first_and_leave_the_later_one(cast: Cast) -> None:
    zhang = cast.agreements["zhang"]
    services.new_terms(zhang, on=D(2026, 7, 1), by=cast.chief, tariff="b")
    services.new_terms(zhang, on=D(2025, 7, 1), by=cast.chief, tariff="c")
    assert spans(zhang) == [
        ("2024-01-01", "2025-06-30", "residential-yearly"), ("2025-07-01", "2026-06-30", "c"), ("2026-07-01", "", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("on", "terms", "said"),
    [
        (D(2024, 1, 1), {"tariff": "b"}, "begin on 2024-01-01 already"),
        (D(2023, 12, 31), {"tariff": "b"}, "no terms hold on 2023-12-31"),
        (D(2025, 1, 1), {}, "nothing changes"),
        (D(2026, 10, 31), {"tariff": "b"}, "days up to 2026-10-31 are billed"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_name(
    cast: Cast, billed_until: dict[int, dt.date], on: dt.date, terms: dict[str, str], said: str
) -> None:
    zhang = cast.agreements["zhang"]
    if on.year == 2026:
        billed_until[zhang.pk] = D(2026, 10, 31)
    with pytest.raises(Refused, match=said):
        services.new_terms(zhang, on=on, by=cast.chief, **terms)
    assert spans(zhang) == [("2024-01-01", "", "residential-yearly")]


def test_terms_may_begin_on_the_day_after_the_last_that_is_billed(cast: Cast, billed_until: dict[int, dt.date]) -> None:
    zhang = cast.agreements["zhang"]
    billed_until[zhang.pk] = D(2026, 10, 31)
    services.new_terms(zhang, on=D(2026, 11, 1), by=cast.chief, tariff="b")
    assert spans(zhang)[-1] == ("2026-11-01", "", "b")


def test_who_had_an_agreement_keeps_the_days_before_the_transfer(cast: Cast) -> None:
    zhang, li = cast.agreements["zhang"], cast.customers["li"]
    services.transfer_agreement(zhang, li, on=D(2026, 3, 1), by=cast.chief)
    owners = list(AgreementVersion.objects.filter(agreement=zhang).values_list("valid_from", "customer__name"))
    assert owners == [(D(2024, 1, 1), "张伟"), (D(2026, 3, 1), "李娜")]
    zhang.refresh_from_db()
    assert zhang.customer == li
    with pytest.raises(Refused, match="already"):
        services.transfer_agreement(zhang, li, on=D(2026, 4, 1), by=cast.chief)


def test_a_closed_agreement_frees_its_point_for_another_from_the_day_after(cast: Cast) -> None:
    zhang, works = cast.agreements["zhang"], cast.customers["works"]
    told = {"tariff": "residential-yearly", "by": cast.chief}
    with pytest.raises(Refused, match="belongs to agreement"):
        services.open_agreement(works, number="A9", on=D(2026, 7, 1), points=[zhang.number], **told)
    services.close_agreement(zhang, on=D(2026, 6, 30), by=cast.chief)
    with pytest.raises(Refused, match="belongs to agreement"):
        services.open_agreement(works, number="A9", on=D(2026, 6, 30), points=[zhang.number], **told)
    made = services.open_agreement(works, number="A9", on=D(2026, 7, 1), points=[zhang.number], **told)
    assert spans(made) == [("2026-07-01", "", "residential-yearly")]
    zhang.refresh_from_db()
    assert (zhang.state, spans(zhang)) == ("closed", [("2024-01-01", "2026-06-30", "residential-yearly")])


def test_an_agreement_is_not_closed_inside_what_is_billed_nor_twice(
    cast: Cast, billed_until: dict[int, dt.date]
) -> None:
    zhang = cast.agreements["zhang"]
    billed_until[zhang.pk] = D(2026, 10, 31)
    with pytest.raises(Refused, match="billed"):
        services.close_agreement(zhang, on=D(2026, 10, 15), by=cast.chief)
    services.close_agreement(zhang, on=D(2026, 10, 31), by=cast.chief)
    with pytest.raises(Refused, match="closed already"):
        services.close_agreement(zhang, on=D(2026, 12, 31), by=cast.chief)


def test_points_come_behind_a_meter_and_go_before_it(cast: Cast) -> None:
    works = cast.agreements["works"]
    main = works.points.get()
    light = services.add_point(works, number="L1", on=D(2026, 1, 1), behind=main, tariff="light", by=cast.chief)
    with pytest.raises(Refused, match="stands behind"):
        services.end_point(main, on=D(2026, 6, 30), by=cast.chief)
    services.end_point(light, on=D(2026, 5, 31), by=cast.chief)
    with pytest.raises(Refused, match="already"):
        services.end_point(light, on=D(2026, 6, 30), by=cast.chief)
    with pytest.raises(Refused, match="needs a tariff"):
        services.add_point(works, number="L2", on=D(2026, 1, 1), behind=main, fixed_wh=100, by=cast.chief)
    assert list(UsagePoint.objects.filter(agreement=works).values_list("number", flat=True)) == [main.number, "L1"]


def test_a_transformer_that_ran_always_is_told_to_have_run_before_it_is_sealed(cast: Cast) -> None:
    works = cast.agreements["works"]
    services.set_transformer(works, name="T1", on=D(2024, 1, 1), state="running", capacity_va=630_000, by=cast.chief)
    services.set_transformer(works, name="T1", on=D(2026, 6, 11), state="sealed", by=cast.chief)
    with pytest.raises(Refused, match="sealed from 2026-06-11 already"):
        services.set_transformer(works, name="T1", on=D(2026, 7, 1), state="sealed", by=cast.chief)
    with pytest.raises(Refused, match="no capacity"):
        services.set_transformer(works, name="T2", on=D(2026, 7, 1), state="running", by=cast.chief)
    states = TransformerState.objects.values_list("valid_from", "state")
    assert list(states) == [(D(2024, 1, 1), "running"), (D(2026, 6, 11), "sealed")]


def test_a_clerk_of_another_unit_changes_nothing(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.change_customer(cast.customers["zhang"], name="x", by=cast.users["clerk-west"])
    with pytest.raises(NotAllowed):
        services.new_terms(cast.agreements["zhang"], on=D(2026, 1, 1), tariff="b", by=cast.clerk)
    with pytest.raises(NotAllowed):
        services.change_customer(cast.customers["zhang"], unit=cast.west, by=cast.clerk)
    assert not AuditEntry.objects.exists()


def test_one_contact_is_the_main_one_and_no_two_have_a_name(cast: Cast) -> None:
    works = cast.customers["works"]
    services.set_contact(works, name="陈工", phone="1", main=True, by=cast.clerk)
    services.set_contact(works, name="李工", phone="2", main=True, by=cast.clerk)
    assert list(works.contacts.filter(main=True).values_list("name", flat=True)) == ["李工"]
    with pytest.raises(Refused, match="contact already"):
        services.set_contact(works, name="陈工", by=cast.clerk)
    services.remove_contact(works.contacts.get(name="李工"), by=cast.clerk)
    assert works.contacts.count() == 1


def test_a_prospect_that_is_connected_is_sure_and_one_that_is_lost_is_not(cast: Cast) -> None:
    made = services.register_prospect(name="新厂", unit=cast.east, load_w=500_000, by=cast.clerk)
    assert (made.number, made.chance_percent) == ("P00001", 50)
    assert services.change_prospect(made, stage="connected", by=cast.clerk).chance_percent == 100
    assert services.change_prospect(made, stage="lost", by=cast.clerk).chance_percent == 0


def test_who_may_correct_changes_billed_days_with_a_reason_and_nobody_else(
    cast: Cast, billed_until: dict[int, dt.date]
) -> None:
    zhang = cast.agreements["zhang"]
    billed_until[zhang.pk] = D(2026, 10, 31)
    role = cast.clerk.assignments.get().role
    role.grants = [*role.grants, "customers.agreement.change"]
    role.save()
    told = {"on": D(2026, 10, 11), "tariff": "b"}
    with pytest.raises(Refused, match="days up to 2026-10-31 are billed"):
        services.new_terms(zhang, by=cast.clerk, reason="moved", **told)
    with pytest.raises(Refused, match="days up to 2026-10-31 are billed"):
        services.new_terms(zhang, by=cast.chief, **told)
    services.new_terms(zhang, by=cast.chief, reason="the form lay about for three weeks", **told)
    assert spans(zhang)[-1] == ("2026-10-11", "", "b")


def test_terms_that_were_written_down_wrongly_are_corrected_where_they_stand(cast: Cast) -> None:
    works = cast.agreements["works"]
    version = works.versions.get()
    with pytest.raises(Refused, match="without a reason"):
        services.correct_terms(version, by=cast.chief, reason=" ", capacity_va=800_000)
    with pytest.raises(Refused, match="nothing differs"):
        services.correct_terms(version, by=cast.chief, reason="typed wrong", capacity_va=630_000)
    services.correct_terms(version, by=cast.chief, reason="typed wrong", capacity_va=800_000, tariff=version.tariff)
    assert works.versions.get().capacity_va == 800_000
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.before["capacity_va"], entry.after["capacity_va"], entry.note) == (
        "customers.agreement.correct", 630_000, 800_000, "typed wrong",
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.correct_terms(version, by=cast.clerk, reason="I think so", capacity_va=1)
