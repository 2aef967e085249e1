"""Bills worked by hand: every kind of charge, to the cent."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.refusal import Refused

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)


def flat_use(kwh_per_hour, start=JAN, end=FEB, point="P1", slots=24):
    """The same use in every interval."""
    step = dt.timedelta(hours=24 / slots)
    count = int((end - start) / step)
    stamps = [dt.datetime.combine(start, dt.time()) + step * i for i in range(count)]
    return readings.day_rows(stamps, [kwh_per_hour * 24 / slots] * count, point=point, slots=slots)


def tariff(**parts):
    plain = {"id": "t", "name": "t", "valid_from": "2020-01-01", "currency": "CNY", "energy": {"price": "0.5"}}
    return tariffs.from_plain(plain | parts)


DAY_NIGHT = {
    "periods": {"day": "day", "night": "night"},
    "days": [{"when": "always", "night": "22:00-06:00", "rest": "day"}],
}


def lines_of(table):
    return {(r["component"], r["tou"], r["tier"]): (r["quantity"], r["price"], r["amount"]) for r in table.to_pylist()}


def amounts(table):
    return {key: value[2] for key, value in lines_of(table).items()}


def test_energy_is_priced_by_period():
    lines = rating.rate(
        flat_use(1), tariff(calendar=DAY_NIGHT, energy={"prices": {"day": "0.617", "night": "0.307"}}), JAN, FEB
    )
    assert lines_of(lines) == {
        ("energy", "day", None): (Decimal(496), Decimal("0.617"), Decimal("306.03")),
        ("energy", "night", None): (Decimal(248), Decimal("0.307"), Decimal("76.14")),
    }


def test_quantity_times_price_is_exact_and_the_amount_is_rounded_half_up():
    lines = rating.rate(flat_use(1), tariff(energy={"price": "0.03125"}), JAN, FEB).to_pylist()
    assert lines[0]["quantity"] * lines[0]["price"] == Decimal("23.25")
    lines = rating.rate(flat_use(0.001), tariff(energy={"price": "0.0075"}), JAN, FEB).to_pylist()
    assert lines[0]["quantity"] * lines[0]["price"] == Decimal("0.00558")
    assert lines[0]["amount"] == Decimal("0.01")


def test_funds_do_not_float_with_time_of_use():
    parts = {
        "base": {"price": "0.5", "floats": "true"},
        "funds": {"price": "0.028", "floats": "false", "kind": "surcharge"},
    }
    lines = rating.rate(
        flat_use(1),
        tariff(calendar=DAY_NIGHT, energy={"components": parts, "ratios": {"day": "1.65", "night": "0.5"}}),
        JAN,
        FEB,
    )
    assert amounts(lines) == {
        ("base", "day", None): Decimal("409.20"),
        ("base", "night", None): Decimal("62.00"),
        ("funds", None, None): Decimal("20.83"),
    }


@pytest.mark.parametrize("pooling", ["pro-rata", "ladder-per-period", "in-time-order"])
def test_the_same_48_kwh_cost_differently_by_the_way_of_pooling(pooling):
    # 24 kWh in the morning, then 24 in the afternoon, on a ladder that steps down after 20 kWh.
    rows = readings.day_rows([dt.datetime(2026, 1, 1, h) for h in range(24)], [2.0] * 24, point="P1", slots=24)
    calendar = {
        "periods": {"am": "am", "pm": "pm"},
        "days": [{"when": "always", "am": "00:00-12:00", "pm": "12:00-24:00"}],
    }
    steps = [{"up-to": "20 kWh", "prices": {"am": "0.40", "pm": "0.80"}}, {"prices": {"am": "0.30", "pm": "0.70"}}]
    found = rating.rate(
        rows,
        tariff(
            calendar=calendar,
            energy={"prices": {"am": "0.40", "pm": "0.80"}},
            tiers={"over": "year", "pooling": pooling, "steps": steps},
        ),
        JAN,
        dt.date(2026, 1, 2),
    )
    by_hand = {
        "pro-rata": Decimal("10") * Decimal("0.40")
        + 14 * Decimal("0.30")
        + 10 * Decimal("0.80")
        + 14 * Decimal("0.70"),
        "ladder-per-period": 20 * Decimal("0.40") + 4 * Decimal("0.30") + 20 * Decimal("0.80") + 4 * Decimal("0.70"),
        "in-time-order": 20 * Decimal("0.40") + 4 * Decimal("0.30") + 24 * Decimal("0.70"),
    }[pooling]
    assert sum(r["amount"] for r in found.to_pylist()) == by_hand


def test_a_bound_crossed_inside_a_reading_splits_that_reading():
    rows = readings.day_rows([dt.datetime(2026, 1, 1, h) for h in range(24)], [3.0] * 24, point="P1", slots=24)
    steps = [{"up-to": "10 kWh", "price": "1"}, {"price": "2"}]
    found = rating.rate(
        rows, tariff(tiers={"over": "month", "pooling": "in-time-order", "steps": steps}), JAN, dt.date(2026, 1, 2)
    )
    # One day of 31: the monthly bound is taken for a day, 10 / 31 kWh to the watt-hour.
    assert [r["quantity"] for r in found.to_pylist()] == [Decimal("0.323"), Decimal("71.677")]


def test_yearly_tiers_go_on_from_month_to_month():
    steps = [{"up-to": "1000 kWh"}, {"add": "0.05"}]
    t = tariff(tiers={"over": "year", "pooling": "after-time-of-use", "steps": steps})
    use = flat_use(1, JAN, MAR)
    both = rating.rate(use, t, JAN, MAR).to_pylist()
    assert [(r["period_start"].month, r["component"], r["quantity"]) for r in both] == [
        (1, "energy", Decimal(744)),
        (2, "energy", Decimal(672)),
        (2, "tier", Decimal(416)),
    ]
    # February alone looks back to January by itself.
    alone = rating.rate(use, t, FEB, MAR).to_pylist()
    assert [(r["component"], r["amount"]) for r in alone] == [("energy", Decimal("336.00")), ("tier", Decimal("20.80"))]


def test_a_monthly_tier_begins_again_with_the_month():
    t = tariff(
        tiers={
            "over": "month",
            "pooling": "pro-rata",
            "steps": [{"up-to": "700 kWh", "price": "0.5"}, {"price": "0.6"}],
        }
    )
    found = rating.rate(flat_use(1, JAN, MAR), t, JAN, MAR).to_pylist()
    assert [(r["period_start"].month, r["tier"], r["quantity"]) for r in found] == [
        (1, 1, Decimal(700)),
        (1, 2, Decimal(44)),
        (2, 1, Decimal(672)),
    ]


def test_a_bound_per_day_is_multiplied_by_the_days_of_the_month():
    t = tariff(
        tiers={
            "over": "month",
            "pooling": "pro-rata",
            "steps": [{"up-to": "20 kWh per day", "price": "0.5"}, {"price": "0.6"}],
        }
    )
    found = rating.rate(flat_use(1, FEB, MAR), t, FEB, MAR).to_pylist()
    assert [r["quantity"] for r in found] == [Decimal(560), Decimal(112)]


def test_flat_demand_is_the_highest_reading_as_average_power():
    rows = readings.day_rows(
        [dt.datetime(2026, 1, 1) + dt.timedelta(minutes=15 * i) for i in range(96 * 31)],
        [1.0] * 95 + [15.6] + [1.0] * (96 * 30),
        point="P1",
        slots=96,
    )
    ladder = [{"up-to": "50 kW", "price": "0"}, {"price": "12.4"}]
    t = tariff(demand=[{"id": "maximum", "steps": ladder, "block": "15 min"}])
    found = {(r["kind"], r["tier"]): r for r in rating.rate(rows, t, JAN, FEB).to_pylist()}
    assert found["demand_flat", 2]["quantity"] == Decimal("12.4")
    assert found["demand_flat", 2]["amount"] == Decimal("153.76")


def test_half_hour_blocks_average_two_quarters():
    rows = readings.day_rows(
        [dt.datetime(2026, 1, 1) + dt.timedelta(minutes=15 * i) for i in range(96 * 31)],
        [1.0] * 94 + [2.0, 16.0] + [1.0] * (96 * 30),
        point="P1",
        slots=96,
    )
    t = tariff(demand=[{"id": "maximum", "price": "1", "block": "30 min"}])
    found = [r for r in rating.rate(rows, t, JAN, FEB).to_pylist() if r["kind"] == "demand_flat"]
    assert found[0]["quantity"] == Decimal(36)


def test_quarter_hour_demand_from_hourly_readings_is_refused_by_name():
    with pytest.raises(Refused, match="demand over blocks of 15 minutes cannot be had from readings of 60 minutes"):
        rating.rate(flat_use(1), tariff(demand=[{"id": "maximum", "price": "1", "block": "15 min"}]), JAN, FEB)


def test_a_period_that_begins_inside_a_reading_is_refused_by_name():
    half_past = {"periods": {"a": "a", "b": "b"}, "days": [{"when": "always", "a": "10:30-12:00", "rest": "b"}]}
    with pytest.raises(Refused, match="too coarse"):
        rating.rate(flat_use(1), tariff(calendar=half_past, energy={"prices": {"a": "1", "b": "2"}}), JAN, FEB)


def test_a_yearly_charge_spread_over_the_months_adds_up_to_the_year():
    t = tariff(fixed=[{"id": "connection", "price": "100 CNY/year"}])
    found = rating.rate(flat_use(1, JAN, dt.date(2027, 1, 1)), t, JAN, dt.date(2027, 1, 1)).to_pylist()
    fixed = [r["amount"] for r in found if r["kind"] == "fixed"]
    assert len(fixed) == 12
    assert sum(fixed) == Decimal(100)
    assert set(fixed) == {Decimal("8.33"), Decimal("8.34")}


def test_the_parts_of_a_month_pay_the_month_together():
    t = tariff(fixed=[{"id": "service", "price": "10 CNY/month"}, {"id": "meter", "price": "0.07 CNY/day"}])
    use = flat_use(1)
    middle = dt.date(2026, 1, 12)
    parts = [rating.rate(use, t, JAN, middle), rating.rate(use, t, middle, FEB)]
    fixed = [sum(r["amount"] for r in p.to_pylist() if r["component"] == "service") for p in parts]
    assert fixed == [Decimal("3.55"), Decimal("6.45")]
    days = [sum(r["quantity"] for r in p.to_pylist() if r["component"] == "meter") for p in parts]
    assert days == [11, 20]


def test_a_minimum_lifts_the_bill_to_itself_and_no_further():
    t = tariff(fixed=[{"id": "service", "price": "5 CNY/month"}], minimum=[{"price": "22 CNY/month"}])
    small = rating.rate(flat_use(0.01), t, JAN, FEB).to_pylist()
    assert sum(r["amount"] for r in small) == Decimal(22)
    assert [r["kind"] for r in small] == ["energy", "fixed", "minimum"]
    large = rating.rate(flat_use(1), t, JAN, FEB).to_pylist()
    assert "minimum" not in [r["kind"] for r in large]


def test_a_yearly_minimum_falls_in_december():
    t = tariff(minimum=[{"price": "100 CNY/year"}])
    year = dt.date(2027, 1, 1)
    found = rating.rate(flat_use(0.01, JAN, year), t, JAN, year).to_pylist()
    assert [r["period_start"].month for r in found if r["kind"] == "minimum"] == [12]
    assert sum(r["amount"] for r in found) == Decimal(100)
    alone = rating.rate(flat_use(0.01, JAN, year), t, dt.date(2026, 12, 1), year).to_pylist()
    assert [r["amount"] for r in alone if r["kind"] == "minimum"] == [
        r["amount"] for r in found if r["kind"] == "minimum"
    ]


def test_a_discount_and_a_tax_on_top_rest_on_the_rounded_lines():
    t = tariff(
        adjustments=[{"id": "discount", "rate": "-2 %", "of": ["energy"]}],
        tax={"name": "vat", "rate": "13 %", "included": "false"},
    )
    found = amounts(rating.rate(flat_use(1), t, JAN, FEB))
    assert found["discount", None, None] == Decimal("-7.44")
    assert found["vat", None, None] == Decimal("47.39")  # 13 % of 364.56


def test_a_tax_inside_the_prices_is_shown_and_adds_nothing():
    t = tariff(tax={"name": "vat", "rate": "13 %", "included": "true"})
    found = lines_of(rating.rate(flat_use(1), t, JAN, FEB))
    assert found["vat", None, None] == (Decimal("42.80"), Decimal(0), Decimal(0))


def test_energy_rounded_to_whole_kwh_is_billed_as_such():
    found = rating.rate(flat_use(0.3333), tariff(rounding={"energy": "1 kWh", "money": "0.01"}), JAN, FEB).to_pylist()
    assert found[0]["quantity"] == Decimal(248)


def test_an_agreement_that_used_nothing_still_has_its_bill():
    found = rating.rate(flat_use(0), tariff(), JAN, FEB).to_pylist()
    assert [(r["quantity"], r["amount"]) for r in found] == [(Decimal(0), Decimal(0))]


def test_a_very_large_meter_overflows_nothing():
    found = rating.rate(flat_use(2_000_000), tariff(energy={"price": "12.3456789"}), JAN, FEB).to_pylist()
    assert found[0]["amount"] == (Decimal(2_000_000) * 744 * Decimal("12.3456789")).quantize(Decimal("0.01"))


def test_every_line_carries_the_clause_of_its_tariff():
    t = tariff(fixed=[{"id": "service", "price": "5 CNY/month"}])
    clauses = [r["clause"] for r in rating.rate(flat_use(1), t, JAN, FEB).to_pylist()]
    assert clauses == ["t@2020-01-01#energy", "t@2020-01-01#fixed.service"]


def test_a_day_outside_the_tariffs_validity_is_refused():
    with pytest.raises(Refused, match="in force from 2020-01-01"):
        rating.rate(flat_use(1), tariff(), dt.date(2019, 12, 1), FEB)


def test_a_negative_energy_and_a_missing_reading_are_refused():
    with pytest.raises(Refused, match="negative energy"):
        rating.rate(flat_use(-1), tariff(), JAN, FEB)
    stamps = [dt.datetime(2026, 1, 1, h) for h in range(24)]
    with pytest.raises(Refused, match="a reading is missing: point P1, 2026-01-01, slot v05"):
        rating.rate(
            readings.day_rows(stamps, np.where(np.arange(24) == 5, np.nan, 1.0), point="P1", slots=24),
            tariff(),
            JAN,
            FEB,
        )
