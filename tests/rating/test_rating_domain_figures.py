"""Published figures that today's tariffs can express, and where each is from (see ../shared/domain)."""

import datetime as dt
from decimal import Decimal

import pytest

from wattloop.library import rating, readings, tariffs
from wattloop.library.rating.examples import check_examples

DAY_NIGHT = {
    "zone": "Asia/Shanghai",
    "periods": {"day": "峰", "night": "谷"},
    "days": [{"when": "always", "night": "22:00-06:00", "rest": "day"}],
}


def tariff(**parts):
    return tariffs.from_plain({"id": "t", "name": "t", "valid_from": "2020-01-01", "currency": "CNY", **parts})


def bill(t, month, **kwh):
    """The lines of a month in which so much was used in one hour of each period: day (noon) and night (midnight)."""
    start, end = dt.date(2026, month, 1), dt.date(2026, month % 12 + 1, 1).replace(year=2026 + month // 12)
    stamps = [dt.datetime.combine(start, dt.time()) + dt.timedelta(hours=i) for i in range((end - start).days * 24)]
    use = [0.0] * len(stamps)
    for period, hour in (("night", 0), ("day", 12), ("evening", 18)):
        use[hour] = float(kwh.get(period, 0))
    rows = readings.day_rows(stamps, use, point="P1", slots=24, zone="Asia/Shanghai")
    return rating.rate(rows, t, start, end).to_pylist()


def total(lines):
    return sum(row["amount"] for row in lines)


FUNDS = ("0.0023", "0.0062", "0.019", "0.0005")


@pytest.mark.parametrize(
    ("flat", "peak", "valley"),
    [
        ("0.6062", "0.98203", "0.3171"),
        ("0.6162", "0.99853", "0.3221"),
        ("0.6262", "1.01503", "0.3271"),
        ("0.6362", "1.03153", "0.3321"),
    ],
)
def test_V17_funds_do_not_float_in_a_province_s_printed_table(flat, peak, valley):
    # A provincial table, wanglu.net/thread/t13-99091-0.html: (flat - funds) x 1.65 or x 0.5, plus funds.
    base = Decimal(flat) - sum(map(Decimal, FUNDS))
    t = tariff(
        calendar={
            "zone": "Asia/Shanghai",
            "periods": {"peak": "峰", "flat": "平", "valley": "谷"},
            "days": [{"when": "always", "peak": "12:00-16:00", "valley": "00:00-08:00", "rest": "flat"}],
        },
        energy={
            "components": {
                "price": {"price": base, "floats": True},
                **{f"fund-{i}": {"price": fund, "kind": "surcharge"} for i, fund in enumerate(FUNDS)},
            },
            "ratios": {"peak": "1.65", "flat": "1", "valley": "0.5"},
        },
    )
    for period, price in (("day", peak), ("evening", flat), ("night", valley)):
        assert total(bill(t, 3, **{period: 100_000})) == Decimal(price) * 100_000


def test_the_first_step_over_the_year_s_first_tier_costs_its_increment():
    # V14, the February issue: 2,800 kWh under tiers of 2,760 and 4,800 (woyaosouti.com/x_ask/6BvBmNw6ekwEF5cv4a.html).
    steps = [{"up-to": "2760 kWh"}, {"up-to": "4800 kWh", "add": "0.05"}, {"add": "0.30"}]
    t = tariff(energy={"price": "0.538"}, tiers={"over": "year", "pooling": "after-time-of-use", "steps": steps})
    lines = bill(t, 2, day=2800)
    assert [(row["tier"], row["amount"]) for row in lines] == [(None, Decimal("1506.40")), (2, Decimal("2.00"))]
    assert total(lines) == Decimal("1508.40")


def test_shanghai_s_tiers_add_a_table_by_period_not_two_constants():
    # fgw.sh.gov.cn (facts 1.4): 0.617 and 0.307, 3,120 and 4,800 kWh a year, +0.06/+0.03 and +0.36/+0.18.
    steps = [
        {"up-to": "3120 kWh"},
        {"up-to": "4800 kWh", "add": {"day": "0.06", "night": "0.03"}},
        {"add": {"day": "0.36", "night": "0.18"}},
    ]
    t = tariff(
        calendar=DAY_NIGHT,
        energy={"prices": {"day": "0.617", "night": "0.307"}},
        tiers={"over": "year", "pooling": "after-time-of-use", "steps": steps},
    )
    found = {(row["tou"], row["tier"]): (row["quantity"], row["amount"]) for row in bill(t, 1, day=3000, night=2000)}
    # 1,680 kWh of 5,000 lie in the second tier and 200 in the third: three fifths of each by day.
    assert found == {
        ("day", None): (3000, Decimal("1851.00")),
        ("night", None): (2000, Decimal("614.00")),
        ("day", 2): (1008, Decimal("60.48")),
        ("night", 2): (672, Decimal("20.16")),
        ("day", 3): (120, Decimal("43.20")),
        ("night", 3): (80, Decimal("14.40")),
    }


@pytest.mark.parametrize(
    ("month", "amount"), [(7, "467.00"), (5, "467.00"), (10, "467.00"), (1, "520.00"), (4, "520.00")]
)
def test_guangdong_s_monthly_tiers_are_wider_from_may_to_october(month, amount):
    # o15.net/2016088049276121108.html (facts 1.4): 260 and 600 kWh in summer, else 200 and 400; +0.05 and +0.30.
    steps = [
        {"up-to": {"summer": "260 kWh", "other": "200 kWh"}},
        {"up-to": {"summer": "600 kWh", "other": "400 kWh"}, "add": "0.05"},
        {"add": "0.30"},
    ]
    t = tariff(
        calendar={"seasons": {"summer": "May-Oct", "other": "rest"}},
        energy={"price": "0.6"},
        tiers={"over": "month", "pooling": "after-time-of-use", "steps": steps},
    )
    assert total(bill(t, month, day=700)) == Decimal(amount)


def test_government_funds_of_eight_decimals_are_exact():
    # qhj.3a0598.com (facts 1.6): major water works 0.00196875, rural grid loan 0.02, renewables 0.019 per kWh.
    rates = {"rural-grid-loan": "0.02", "water-works": "0.00196875", "renewables": "0.019"}
    t = tariff(energy={"price": "0"}, surcharges=[{"id": name, "price": price} for name, price in rates.items()])
    found = {row["component"]: row for row in bill(t, 1, day=100_000)}
    assert {name: found[name]["amount"] for name in rates} == {
        "rural-grid-loan": Decimal("2000.00"),
        "water-works": Decimal("196.88"),  # 196.875, the half up
        "renewables": Decimal("1900.00"),
    }
    assert found["water-works"]["quantity"] * found["water-works"]["price"] == Decimal("196.875")


def test_the_energy_of_the_industrial_sketch_comes_out_as_it_was_worked_by_hand(tmp_path):
    # enterprise-sketch/tariffs/industrial-two-part-10kv.yaml, without what rests on capacity and power factor.
    file = tmp_path / "industrial.yaml"
    file.write_text(
        """\
id: industrial
name: Industrial
valid_from: 2026-10-01
currency: CNY
calendar:
  zone: Asia/Shanghai
  periods: {peak: 峰, flat: 平, valley: 谷}
  days: [{when: always, peak: [10:00-12:00, 15:00-21:00], valley: 23:00-07:00, rest: flat}]
energy:
  components:
    floating: {price: 0.55, floats: true}
    system:   {price: 0.0311, floats: false}
    funds:    {price: 0.0274, floats: false, kind: surcharge}
  ratios: {peak: 1.6, flat: 1, valley: 0.4}
rounding: {energy: 1 kWh, money: 0.01, half: up}
examples:
  - given: {month: 2026-10, peak: 40000 kWh, flat: 60000 kWh, valley: 50000 kWh}
    expect:
      energy: {peak: 35200.00, flat: 33000.00, valley: 11000.00, system: 4665.00}
      funds: 4110.00
""",
        encoding="utf-8",
    )
    assert tariffs.check(file, check_examples) == []
