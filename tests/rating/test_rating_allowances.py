"""Allowances of residential tiers, and tiers of a bill that is cut in pieces."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from basic import lines, month, run, tariff, terms, total, use
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library.rating.agreements.model import FOR_EVER
from wattloop.library.rating.agreements.table import from_table

JAN, FEB, MAR, APR = (dt.date(2026, m, 1) for m in range(1, 5))
LONG_AGO = dt.date(2020, 1, 1)
STEPS = [{"up-to": "2760 kWh"}, {"up-to": "4800 kWh", "add": "0.05"}, {"add": "0.30"}]
LARGE = {"large-household": {"add-to-first": "100 kWh per remaining month"}}
FREE = {"low-income": {"free": "15 kWh per month"}}
DAY_NIGHT = {
    "periods": {"day": "峰", "night": "谷"},
    "days": [{"when": "always", "night": "00:00-12:00", "rest": "day"}],
}


def yearly(allowances=None, pooling="after-time-of-use", **more):
    tiers = {"over": "year", "pooling": pooling, "steps": STEPS, "allowances": allowances or {}}
    return tariff(energy={"price": "0.538"}, tiers=tiers, **more)


def granted(*versions, **days):
    """Versions of one agreement, all of which know the days of its grants."""
    made = from_table(terms(*(versions or ((LONG_AGO, {}),))))
    count = len(made.versions.start)
    known = {
        name.replace("_", "-"): np.full(count, FOR_EVER if day is None else (day - dt.date(1970, 1, 1)).days)
        for name, day in days.items()
    }
    return replace(made, versions=replace(made.versions, allowances=known))


def months(*kwh, start=JAN):
    """So much used on the first day of each month from January on."""
    rows = []
    for number, amount in enumerate(kwh, start.month):
        rows.append(use(*month(start.year, number), total=int(amount * 1000)))
    return pa.concat_tables(rows)


def bill(t, number, agreement, readings):
    return run(t, *month(2026, number), agreement, readings)


def test_V14_a_large_household_granted_in_february_gets_eleven_hundred_kwh_more_of_the_first_tier():
    t, agreement = yearly(LARGE), granted(large_household=dt.date(2026, 2, 15))
    readings = months(2800, 1200)
    january = bill(t, 1, agreement, readings)
    assert total(january) == Decimal("1508.40")
    assert lines(january, "surcharge") == [("tier", 2, 40, Decimal("2.00"))]
    february = bill(t, 2, agreement, readings)
    assert total(february) == Decimal("650.60")
    assert lines(february, "surcharge") == [("tier", 2, 100, Decimal("5.00"))]


def test_V14_the_second_tier_has_2000_left_after_the_first_issue_and_1900_after_the_next():
    t, agreement = yearly(LARGE), granted(large_household=dt.date(2026, 2, 15))
    march = bill(t, 3, agreement, months(2800, 1200, 1901))
    assert [(tier, kwh) for _, tier, kwh, _ in lines(march, "surcharge")] == [(2, 1900), (3, 1)]
    plain = bill(yearly(), 2, granted(), months(2800, 2001))
    assert [(tier, kwh) for _, tier, kwh, _ in lines(plain, "surcharge")] == [(2, 2000), (3, 1)]


def test_what_the_bounds_before_a_grant_charged_is_given_back():
    # 2,800 in January, then 100: 2,900 lie in a first tier of 3,860, of which 40 were charged as second.
    t, agreement = yearly(LARGE), granted(large_household=dt.date(2026, 2, 15))
    assert lines(bill(t, 2, agreement, months(2800, 100))) == [
        ("energy", None, 100, Decimal("53.80")),
        ("tier", 2, -40, Decimal("-2.00")),
    ]
    assert lines(bill(t, 2, agreement, months(2800, 0)), "surcharge") == [("tier", 2, -40, Decimal("-2.00"))]


@pytest.mark.parametrize(
    ("day", "bound"),
    [(dt.date(2025, 7, 1), 3960), (JAN, 3960), (dt.date(2026, 3, 31), 3760), (APR, 2760), (None, 2760)],
)
def test_the_months_left_count_from_that_of_the_grant(day, bound):
    found = bill(yearly(LARGE), 3, granted(large_household=day), months(1000, 1000, 2000))
    kwh = sum(kwh for _, tier, kwh, _ in lines(found, "surcharge") if tier == 2)
    assert kwh == max(4000 - bound, 0)


def test_free_energy_is_a_credit_at_the_first_tier_s_prices_in_the_proportions_of_the_periods():
    t = tariff(
        calendar=DAY_NIGHT,
        energy={"components": {"energy": {"prices": {"day": "0.60", "night": "0.30"}}, "funds": {"price": "0.02"}}},
        tiers={"over": "year", "pooling": "after-time-of-use", "steps": STEPS, "allowances": FREE},
    )
    values = use(JAN, FEB, total=48_000)  # 24 kWh in each half of the day
    found = run(t, JAN, FEB, granted(low_income=LONG_AGO), values)
    assert [(r["tou"], r["quantity"], r["price"], r["amount"]) for r in found.lines.to_pylist()
            if r["kind"] == "adjustment"] == [
        ("day", Decimal("-7.5"), Decimal("0.62"), Decimal("-4.65")),
        ("night", Decimal("-7.5"), Decimal("0.32"), Decimal("-2.40")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "used", "credit"),
    [
        (LONG_AGO, 100, 15),
        (LONG_AGO, 9, 9),
        (LONG_AGO, 0, 0),
        (dt.date(2026, 2, 28), 100, 15),
        (MAR, 100, 0),
        (None, 100, 0),
    ],
)
def test_free_energy_is_no_more_than_was_used_and_begins_with_the_month_of_the_grant(day, used, credit):
    found = bill(yearly(FREE), 2, granted(low_income=day), months(50, used))
    assert total(found, "adjustment") == -(credit * Decimal("0.538")).quantize(Decimal("0.01"))


def test_a_bill_over_several_months_has_free_energy_of_each_since_the_grant():
    found = run(yearly(FREE), JAN, APR, granted(low_income=dt.date(2026, 2, 20)), months(50, 50, 50), bill="span")
    assert [kwh for _, _, kwh, _ in lines(found, "adjustment")] == [-30]


def versions(way, old="0.50", new="0.60"):
    """Monthly tiers at 100 kWh, whose price rises on 16 June."""
    tiers = {"over": "month", "pooling": "after-time-of-use", "steps": [{"up-to": "100 kWh"}, {"add": "0.10"}]}
    rest = {"tiers": tiers, "segments": {"tiers": way}}
    return [
        tariff(energy={"price": old}, valid_to="2026-06-15", **rest),
        tariff(energy={"price": new}, valid_from="2026-06-16", **(rest | {"tiers": tiers | {"steps": [
            {"up-to": "100 kWh"}, {"add": "0.20"}]}})),
    ]  # fmt: skip


@pytest.mark.parametrize(("way", "second"), [("in-order", [0, 50]), ("pooled", [20, 30])])
def test_the_tiers_of_a_bill_are_shared_by_the_pieces_before_and_after_a_change_of_price(way, second):
    turn, end = dt.date(2026, 6, 16), dt.date(2026, 7, 1)
    readings = pa.concat_tables([use(dt.date(2026, 6, 1), turn, total=60_000), use(turn, end, total=90_000)])
    found = run(versions(way), dt.date(2026, 6, 1), end, terms((LONG_AGO, {})), readings)
    assert [(kwh, amount) for _, tier, kwh, amount in lines(found, "surcharge") if tier == 2] == [
        (kwh, kwh * price) for kwh, price in zip(second, (Decimal("0.10"), Decimal("0.20")), strict=True) if kwh
    ]


@settings(max_examples=20, deadline=None)
@given(
    days=st.lists(st.integers(2, 60), max_size=4, unique=True).map(sorted),
    way=st.sampled_from(["in-order", "pooled"]),
    spanned=st.sampled_from(["month", "span"]),
    pooling=st.sampled_from(["after-time-of-use", "pro-rata"]),
    grant=st.none() | st.dates(dt.date(2025, 12, 1), dt.date(2026, 4, 15)),
    use_in_january=st.integers(2700, 3000),
    use_a_day=st.integers(0, 60_000),
)
def test_a_change_that_changes_nothing_changes_no_total(days, way, spanned, pooling, grant, use_in_january, use_a_day):
    t = tariff(
        calendar=DAY_NIGHT,
        energy={"prices": {"day": "0.617", "night": "0.307"}},
        tiers={"over": "year", "pooling": pooling, "steps": STEPS, "allowances": LARGE | FREE},
        segments={"tiers": way},
    )
    readings = pa.concat_tables([months(use_in_january), use(FEB, APR, use_a_day // 24)])
    told = {"large_household": grant, "low_income": grant}
    whole = run(t, FEB, APR, granted(**told), readings, bill=spanned)
    cuts = [(FEB + dt.timedelta(days=d - 1), {"customer": str(d)}) for d in days]
    cut = run(t, FEB, APR, granted((LONG_AGO, {"customer": "0"}), *cuts, **told), readings, bill=spanned)
    assert total(cut) == total(whole)
    assert sum(kwh for *_, kwh, _ in lines(cut, "energy")) == sum(kwh for *_, kwh, _ in lines(whole, "energy"))
