"""The capacity charge: so much per kVA and month, in parts of a month by the tariff's way of proration."""

import datetime as dt
from decimal import Decimal

import pytest
from basic import lines, month, run, tariff, terms, total, use
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library import tariffs
from wattloop.library.rating.examples import check_examples

MAY, JUNE = month(2025, 5)
LONG_AGO = dt.date(2020, 1, 1)


def capacity_tariff(price=10, **more):
    return tariff(demand={"by-capacity": {"price": f"{price} CNY/kVA/month"}, **more})


def test_V01_the_basic_charge_of_500_kva_at_10_is_5000():
    found = run(capacity_tariff(), MAY, JUNE, terms((LONG_AGO, {"capacity-kva": 500})))
    assert lines(found, "capacity") == [("by-capacity", None, 500, Decimal("5000.00"))]


@pytest.mark.parametrize(
    ("day", "thirtieths", "calendar_days"),
    [(18, "3651.67", "3533.87"), (15, "3736.67", "3616.13"), (23, "3510.00", "3396.77")],
)
def test_V09e_a_capacity_raised_inside_may_is_charged_by_thirtieths_or_by_calendar_days(day, thirtieths, calendar_days):
    made = terms((LONG_AGO, {"capacity-kva": 315}), (dt.date(2025, 5, day), {"capacity-kva": 400}))
    for way, amount in (("thirtieths", thirtieths), ("calendar-days", calendar_days)):
        found = run(capacity_tariff(proration=way), MAY, JUNE, made)
        assert total(found, "capacity") == Decimal(amount)
        assert [quantity for _, _, quantity, _ in lines(found, "capacity")] == [315, 400]


def test_V10_the_average_price_falls_as_the_same_capacity_is_used_more():
    t = tariff(energy={"price": "0.20"}, demand={"by-capacity": {"price": "10 CNY/kVA/month"}})
    made = terms((LONG_AGO, {"capacity-kva": 2000}))
    for wh, average in ((100_000_000, Decimal("0.400")), (133_333_333, Decimal("0.350"))):
        found = run(t, MAY, JUNE, made, use(MAY, JUNE, total=wh))
        assert round(total(found) / (Decimal(wh) / 1000), 6) == average


def test_an_agreement_without_a_capacity_is_held_back_and_named():
    found = run(capacity_tariff(), MAY, JUNE, terms((LONG_AGO, {})))
    assert len(found.lines) == 0
    assert [e["what"] for e in found.exceptions.to_pylist()] == [
        "no capacity is agreed on, and by-capacity is charged by it"
    ]


def test_an_example_that_lacks_the_capacity_charged_is_said_to(tmp_path):
    file = tmp_path / "t.yaml"
    text = (
        "id: t\nname: t\nvalid_from: 2026-01-01\ncurrency: CNY\nenergy: {price: 1}\n"
        "demand:\n  by-capacity: {price: 22 CNY/kVA/month}\nexamples:\n"
    )
    good = (
        "  - given: {month: 2026-10, capacity: 100 kVA, energy: 3 kWh}\n    expect: {demand: 2200.00, total: 2203.00}\n"
    )
    file.write_text(text + good, encoding="utf-8")
    assert tariffs.check(file, check_examples) == []
    file.write_text(text + good.replace("capacity: 100 kVA, ", ""), encoding="utf-8")
    (problem,) = tariffs.check(file, check_examples)
    assert (problem.line, problem.field) == (9, "examples[0].given")
    assert "no capacity is agreed on" in problem.what


@settings(max_examples=15, deadline=None)
@given(
    days=st.lists(st.integers(2, 60), max_size=4, unique=True).map(sorted),
    way=st.sampled_from(["calendar-days", "thirtieths"]),
    bill=st.sampled_from(["month", "span"]),
    kva=st.sampled_from(["315", "62.5", "1250"]),
)
def test_a_change_that_changes_nothing_changes_no_total(days, way, bill, kva):
    start, end = dt.date(2025, 2, 1), dt.date(2025, 4, 1)
    t = capacity_tariff("23.37", proration=way)
    whole = run(t, start, end, terms((LONG_AGO, {"capacity-kva": kva})), bill=bill)
    cuts = [(start + dt.timedelta(days=d - 1), {"capacity-kva": kva, "customer": str(d)}) for d in days]
    cut = run(t, start, end, terms((LONG_AGO, {"capacity-kva": kva, "customer": "0"}), *cuts), bill=bill)
    assert total(cut, "capacity") == total(whole, "capacity")
