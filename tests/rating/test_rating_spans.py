"""Bills over parts of months and years: what is priced by the month or year is taken for the part that is billed."""

import datetime as dt
from decimal import Decimal

import pytest

from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.refusal import Refused

YEAR = dt.date(2026, 1, 1), dt.date(2027, 1, 1)


def day(month, at, year=2026):
    return dt.date(year, month, at)


def flat_use(start, end, kwh=1.0):
    stamps = [dt.datetime.combine(start, dt.time()) + dt.timedelta(hours=i) for i in range((end - start).days * 24)]
    return readings.day_rows(stamps, [kwh] * len(stamps), point="P1", slots=24)


def tariff(**parts):
    plain = {"id": "t", "name": "t", "valid_from": "2020-01-01", "currency": "CNY", "energy": {"price": "0.5"}}
    return tariffs.from_plain(plain | parts)


def lines(t, start, end, *, bill="span", use=None):
    return rating.rate(use or flat_use(start, end), t, start, end, bill=bill).to_pylist()


def amounts(found, kind):
    return [row["amount"] for row in found if row["kind"] == kind]


def test_one_bill_over_three_months_has_the_tiers_of_three_months():
    steps = [{"up-to": "700 kWh", "price": "0.5"}, {"price": "0.6"}]
    t = tariff(tiers={"over": "month", "pooling": "pro-rata", "steps": steps})
    found = lines(t, day(1, 1), day(4, 1))
    assert [row["quantity"] for row in found] == [2100, 60]


def test_one_bill_over_three_months_pays_a_monthly_price_of_demand_three_times():
    found = lines(tariff(demand=[{"id": "maximum", "price": "30 CNY/kW/month"}]), day(1, 1), day(4, 1))
    assert [(r["quantity"], r["price"], r["amount"]) for r in found if r["kind"] == "demand_flat"] == [(1, 90, 90)]


def test_demand_priced_in_some_months_is_paid_for_those_of_the_bill():
    charges = [{"id": "summer", "price": "30", "when": "Jun-Sep"}, {"id": "winter", "price": "10", "when": "Oct-May"}]
    found = lines(tariff(demand=charges), day(5, 17), day(6, 16))
    assert {row["component"]: row["price"] for row in found if row["kind"] == "demand_flat"} == {
        "summer": Decimal("15"),
        "winter": Decimal("4.8387096774"),  # 15 of May's 31 days
    }


def test_one_bill_over_three_months_owes_a_monthly_minimum_three_times():
    found = lines(tariff(energy={"price": "0"}, minimum=[{"price": "20 CNY/month"}]), day(1, 1), day(4, 1))
    assert amounts(found, "minimum") == [Decimal(60)]


def test_whole_and_part_months_of_one_run_say_which_they_are():
    found = lines(tariff(fixed=[{"id": "service", "price": "31 CNY/month"}]), day(1, 15), day(3, 1), bill="month")
    assert [(r["unit"], r["price"]) for r in found if r["kind"] == "fixed"] == [("part of month", 17), ("month", 31)]


def test_tiers_by_the_month_do_not_mind_a_season_that_begins_inside_one():
    calendar = {"seasons": {"summer": "06-15..09-14", "winter": "rest"}}
    steps = [{"up-to": "700 kWh", "price": "1"}, {"price": "2"}]
    t = tariff(calendar=calendar, tiers={"over": "month", "pooling": "pro-rata", "steps": steps})
    assert [row["quantity"] for row in lines(t, day(6, 1), day(7, 1))] == [700, 20]
    steps[0]["up-to"] = {"summer": "700 kWh", "winter": "600 kWh"}
    t = tariff(calendar=calendar, tiers={"over": "month", "pooling": "pro-rata", "steps": steps})
    with pytest.raises(Refused, match="holds two seasons"):
        lines(t, day(6, 1), day(7, 1))


@pytest.mark.parametrize(
    "part",
    [
        {"minimum": [{"price": "100 CNY/year"}]},
        {"tiers": {"over": "year", "pooling": "pro-rata", "steps": [{"up-to": "9 kWh"}, {"add": "1"}]}},
    ],
)
def test_one_bill_across_new_year_is_refused_where_the_tariff_counts_by_the_year(part):
    with pytest.raises(Refused, match="counts by the year, and the bill from 2026-12-01 to 2027-02-01 holds two"):
        lines(tariff(**part), day(12, 1), day(2, 1, 2027))


def test_yearly_tiers_of_a_tariff_that_begins_in_july_count_what_was_used_since_january():
    steps = [{"up-to": "5000 kWh"}, {"add": "0.1"}]
    t = tariff(valid_from="2026-07-01", tiers={"over": "year", "pooling": "after-time-of-use", "steps": steps})
    found = lines(t, day(7, 1), day(9, 1), bill="month", use=flat_use(day(1, 1), day(9, 1)))
    # 4,344 kWh by the end of June: 656 are left of the first tier.
    assert [(r["component"], r["quantity"]) for r in found] == [
        ("energy", 744),
        ("tier", 744 - 656),
        ("energy", 744),
        ("tier", 744),
    ]


def test_tiers_of_a_season_count_from_its_start_though_the_tariff_began_later():
    steps = [{"up-to": "1000 kWh"}, {"add": "0.1"}]
    t = tariff(
        valid_from="2026-01-01",
        calendar={"seasons": {"winter": "Nov-Feb", "rest-of-year": "rest"}},
        tiers={"over": "season", "pooling": "after-time-of-use", "steps": steps},
    )
    found = lines(t, day(1, 1), day(2, 1), use=flat_use(day(11, 1, 2025), day(2, 1)))
    assert [r["quantity"] for r in found if r["component"] == "tier"] == [744]


def test_a_ladder_of_a_period_goes_on_where_its_price_changes_with_the_season():
    t = tariff(
        calendar={
            "seasons": {"summer": "Jun-Sep", "winter": "rest"},
            "periods": {"day": "day", "night": "night"},
            "days": [{"when": "always", "night": "00:00-12:00", "rest": "day"}],
        },
        energy={"prices": {"summer": {"day": "0.9", "night": "0.3"}, "winter": {"day": "0.8", "night": "0.2"}}},
        tiers={"over": "year", "pooling": "ladder-per-period", "steps": [{"up-to": "2000 kWh"}, {"add": "0.1"}]},
    )
    june = lines(t, day(6, 1), day(7, 1), use=flat_use(day(1, 1), day(7, 1)))
    # 12 kWh a day since 1 January, 151 days: 1,812 before June in each period.
    assert {(r["tou"], r["tier"]): r["quantity"] for r in june} == {
        ("summer day", 1): 188,
        ("summer day", 2): 172,
        ("summer night", 1): 188,
        ("summer night", 2): 172,
    }


def test_a_yearly_minimum_is_owed_for_the_part_of_the_year_that_the_tariff_is_in_force():
    minimum = [{"price": "365 CNY/year"}]
    begun = tariff(energy={"price": "0"}, valid_from="2026-07-01", minimum=minimum)
    assert amounts(lines(begun, day(7, 1), YEAR[1], bill="month"), "minimum") == [Decimal(184)]
    ended = tariff(energy={"price": "0"}, valid_to="2026-06-30", minimum=minimum)
    assert amounts(lines(ended, day(1, 1), day(7, 1), bill="month"), "minimum") == [Decimal(181)]


def test_a_yearly_minimum_does_not_count_what_another_version_of_the_tariff_charged():
    steps = [{"up-to": "99999 kWh"}, {"add": "1"}]
    t = tariff(
        valid_from="2026-12-01",
        tiers={"over": "year", "pooling": "after-time-of-use", "steps": steps},
        minimum=[{"price": "7300 CNY/year"}],
    )
    found = lines(t, day(12, 1), YEAR[1], use=flat_use(*YEAR))
    # 31 days of 20.00, less December's 744 kWh at 0.50; what January to November used is history of the tiers alone.
    assert amounts(found, "minimum") == [Decimal("248.00")]


def test_a_tier_that_a_day_fills_to_its_last_watt_hour_is_full_the_next_day():
    steps = [{"up-to": "24 kWh", "price": "1"}, {"up-to": "48 kWh", "price": "2"}, {"price": "3"}]
    t = tariff(tiers={"over": "month", "pooling": "in-time-order", "steps": steps})
    assert [row["quantity"] for row in lines(t, day(1, 1), day(2, 1))] == [24, 24, 696]


def test_a_month_less_a_day_pays_its_part():
    found = lines(tariff(fixed=[{"id": "service", "price": "31 CNY/month"}]), day(1, 1), day(1, 31))
    assert [(r["unit"], r["price"], r["amount"]) for r in found if r["kind"] == "fixed"] == [("part of month", 30, 30)]


def test_a_credit_is_not_lifted_to_nothing_before_the_year_ends():
    credit = {"credit": {"price": "-0.5", "kind": "adjustment"}}
    t = tariff(energy={"components": credit}, minimum=[{"price": "1 CNY/year"}])
    found = lines(t, *YEAR, bill="month")
    assert amounts(found, "minimum") == [Decimal(4381)]  # 8,760 kWh credited, and one to pay


def test_energy_is_rounded_by_the_rule_that_rounds_money():
    use = flat_use(day(1, 1), day(1, 2), 0.007)  # 168 Wh: ten steps and a half
    for half, kwh in (("up", "0.176"), ("even", "0.160")):
        found = lines(tariff(rounding={"energy": "0.016 kWh", "half": half}), day(1, 1), day(1, 2), use=use)
        assert [r["quantity"] for r in found] == [Decimal(kwh)]


def test_half_a_cent_of_a_part_of_a_month_is_rounded_up_though_the_part_has_no_end_of_decimals():
    """1/28 of 0.14 is 0.005; 1/28 alone is no decimal number."""
    fixed = [{"id": "meter", "price": "0.14 CNY/month"}]
    found = lines(tariff(fixed=fixed), day(2, 1), day(2, 2))
    assert amounts(found, "fixed") == [Decimal("0.01")]


def test_december_by_itself_owes_the_yearly_minimum_that_it_owes_after_the_bills_of_the_year():
    """Earlier months count as they were billed, rounded to the kWh, also with tiers in order."""
    steps = [{"up-to": "200 kWh", "price": "0.5"}, {"price": "0.6"}]
    t = tariff(
        tiers={"over": "year", "pooling": "in-time-order", "steps": steps},
        minimum=[{"price": "6000 CNY/year"}],
        rounding={"energy": "1 kWh"},
    )
    use = flat_use(*YEAR, kwh=1.019)
    whole = lines(t, *YEAR, bill="month", use=use)
    last = lines(t, day(12, 1), YEAR[1], bill="month", use=use)
    assert amounts(last, "minimum") == amounts(whole, "minimum")
    billed = sum(amounts(whole, "energy"))
    assert amounts(last, "minimum") == [6000 - billed]
