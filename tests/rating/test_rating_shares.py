"""Percentages, minimums and taxes: what they are a share of, and in which order they see one another."""

import datetime as dt
from decimal import Decimal

from wattloop.library import rating, readings, tariffs

JAN, FEB = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
TIERS = {"over": "month", "pooling": "after-time-of-use", "steps": [{"up-to": "100 kWh"}, {"add": "0.05"}]}


def bill(kwh=1000, currency="CNY", **parts):
    stamps = [dt.datetime(2026, 1, 1) + dt.timedelta(hours=i) for i in range(744)]
    rows = readings.day_rows(stamps, [kwh, *[0] * 743], point="P1", slots=24)
    plain = {"id": "t", "name": "t", "valid_from": "2020-01-01", "currency": currency, "energy": {"price": "0.5"}}
    found = rating.rate(rows, tariffs.from_plain(plain | parts), JAN, FEB).to_pylist()
    return {row["component"]: row for row in found}


def amounts(**parts):
    return {name: row["amount"] for name, row in bill(**parts).items()}


def test_what_tiers_add_is_part_of_the_energy_charge_that_others_are_a_share_of():
    found = bill(
        tiers=TIERS,
        surcharges=[{"id": "city", "rate": "10 %", "of": ["energy"]}],
        tax={"name": "vat", "rate": "10 %", "included": "false", "of": ["energy"]},
        minimum=[{"price": "546 CNY/month", "counts": ["energy"]}],
    )
    assert found["tier"]["amount"] == Decimal(45)
    assert found["city"]["amount"] == Decimal("54.50")
    assert found["vat"]["amount"] == Decimal("54.50")
    assert found["minimum"]["amount"] == Decimal(1)
    # The kWh of kind energy are counted once all the same.
    assert [(r["component"], r["quantity"]) for r in found.values() if r["kind"] == "energy"] == [("energy", 1000)]


def test_what_tiers_add_is_no_surcharge_though_its_lines_are_of_that_kind():
    found = amounts(
        tiers=TIERS,
        surcharges=[{"id": "funds", "price": "0.02"}, {"id": "levy", "rate": "10 %", "of": ["surcharge"]}],
    )
    assert found["levy"] == Decimal("2.00")
    assert amounts(tiers=TIERS, surcharges=[{"id": "s", "rate": "10 %", "of": ["tier"]}])["s"] == Decimal("4.50")


def test_a_default_minimum_counts_what_tiers_add():
    assert "minimum" not in bill(tiers=TIERS, minimum=[{"price": "545 CNY/month"}])


def test_a_worked_example_s_energy_holds_what_tiers_add(tmp_path):
    from wattloop.library.rating.examples import check_examples

    file = tmp_path / "t.yaml"
    file.write_text(
        "id: t\nname: t\nvalid_from: 2026-01-01\ncurrency: CNY\nenergy: {price: 0.5}\n"
        "tiers: {over: month, pooling: after-time-of-use, steps: [{up-to: 100 kWh}, {add: 0.05}]}\n"
        "examples:\n  - given: {month: 2026-01, energy: 1000 kWh}\n"
        "    expect: {energy: 545.00, tier: 45.00, surcharge: 0, total: 545.00}\n"
    )
    assert tariffs.check(file, check_examples) == []


def test_a_percentage_sees_those_before_it():
    found = amounts(
        adjustments=[{"id": "discount", "rate": "-10 %", "of": ["energy"]}],
        surcharges=[
            {"id": "city", "rate": "10 %", "of": ["energy", "discount"]},
            {"id": "more", "rate": "10 %", "of": ["surcharge"]},
        ],
    )
    assert found == {
        "energy": Decimal(500), "discount": Decimal(-50), "city": Decimal(45), "more": Decimal("4.50"),
    }  # fmt: skip


def test_a_tax_may_rest_on_a_minimum():
    tax = {"name": "vat", "rate": "10 %", "included": "false", "of": "minimum"}
    found = amounts(minimum=[{"price": "600 CNY/month"}], tax=tax)
    assert found["vat"] == Decimal(10)


def test_a_tax_contained_is_rounded_as_the_tariff_rounds():
    tax = {"name": "vat", "rate": "10 %", "included": "true"}
    assert bill(currency="JPY", energy={"price": "30.03"}, tax=tax)["vat"]["quantity"] == 2730
    # 0.11 holds 0.01 and 0.055 holds 0.005: a half goes to the even cent, and up.
    half = {"energy": {"price": "0.00055"}, "rounding": {"money": "0.01", "half": "even"}, "tax": tax}
    assert bill(kwh=100, **half)["vat"]["quantity"] == Decimal("0.01")


def test_a_tax_of_many_decimals_inside_a_large_bill_wraps_nothing():
    tax = {"name": "vat", "rate": "13.1234567 %", "included": "true"}
    found = bill(kwh=1_000_000, energy={"price": "12345"}, tax=tax)["vat"]["quantity"]
    rate = Decimal("0.131234567")
    assert found == (Decimal(12_345_000_000) * rate / (1 + rate)).quantize(Decimal("0.01"))


def test_a_minimum_beside_a_bill_of_billions_overflows_nothing():
    found = amounts(kwh=2_000_000, currency="KRW", energy={"price": "1234.5"}, minimum=[{"price": "500000 KRW/month"}])
    assert found == {"energy": Decimal(2_469_000_000)}
    credit = [{"id": "credit", "rate": "-100 %", "of": ["energy"]}]
    parts = {"energy": {"price": "1234.5"}, "minimum": [{"price": "500000 KRW/month"}], "adjustments": credit}
    least = bill(kwh=2_000_000, currency="KRW", **parts)["minimum"]
    assert (least["price"], least["amount"]) == (500_000, 500_000)
