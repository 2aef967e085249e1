"""Documents as designers write them become tariffs with the prices and days they say."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from wattloop.library import tariffs
from wattloop.library.quantity import clock
from wattloop.library.tariffs.compiled import Kind, Over, Pooling
from wattloop.library.tariffs.examples import worked_examples

RESIDENTIAL = """\
id: residential-yearly
name: {zh: 居民生活用电（年阶梯、分时）, en: "Residential, yearly tiers with time of use"}
valid_from: 2026-01-01
currency: CNY
for: {class: residential, voltage: <1kV}
calendar: {zone: Asia/Shanghai, periods: {day: 峰, night: 谷}, days: [{when: always, night: 22:00-06:00, rest: day}]}
energy: {prices: {day: 0.617, night: 0.307}}            # CNY per kWh
tiers:
  over: year
  pooling: after-time-of-use
  steps:
    - {up-to: 3120 kWh}
    - {up-to: 4800 kWh, add: {day: 0.06, night: 0.03}}
    - {add: {day: 0.36, night: 0.18}}
"""

INDUSTRIAL = """\
id: industrial-two-part-10kv
name: {zh: 工商业两部制 10千伏, en: "Industrial two-part, 10 kV"}
valid_from: 2026-10-01
currency: CNY
source: {document: 省发改委〔2026〕示例号, clause: 附件1}
calendar:                     # 时段
  zone: Asia/Shanghai
  periods: {peak: 峰, sharp: 尖, flat: 平, valley: 谷}
  days:
    - {when: [Jul, Aug], sharp: 15:00-17:00, peak: [10:00-12:00, 17:00-21:00], valley: 23:00-07:00, rest: flat}
    - {when: always,     peak: [10:00-12:00, 15:00-21:00], valley: 23:00-07:00, rest: flat}
energy:
  components:
    purchase:     {zh: 上网电价,   price: 0.4010, floats: true}
    line-loss:    {zh: 线损费用,   price: 0.0152, floats: true}
    delivery:     {zh: 输配电价,   price: 0.1338, floats: true}
    system:       {zh: 系统运行费, price: 0.0311, floats: false}
    funds:        {zh: 政府性基金及附加, price: 0.0274, floats: false, kind: surcharge}
  ratios: {sharp: 1.92, peak: 1.6, flat: 1, valley: 0.4}
demand:
  - {id: maximum, price: 38 CNY/kW/month, block: 15 min}
tax: {vat: 13%, included: true}
rounding: {energy: 1 kWh, money: 0.01, half: up}
examples:
  - given: {month: 2026-10, peak: 40000 kWh, flat: 60000 kWh, valley: 50000 kWh, demand: 300 kW}
    expect: {funds: 4110.00, energy: {peak: 35200.00}}
"""

SMALL = """\
id: small
name: Small
valid_from: 2026-01-01
valid_to: 2026-12-31
currency: CNY
"""


@pytest.fixture
def load(tmp_path):
    def write_and_load(text, name="tariff.yaml"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tariffs.load(file)

    return write_and_load


def period_at(calendar, day, hour, minute=0):
    pattern = calendar.pattern_of_day[(day - calendar.first_day).days]
    return calendar.periods[calendar.patterns[pattern][(hour * 60 + minute) // 5]]


def prices_of(tariff):
    return {one.name: one.prices for one in tariff.components}


def test_the_residential_sketch_adds_a_tier_on_top_of_time_of_use(load):
    tariff = load(RESIDENTIAL)
    assert prices_of(tariff) == {
        "energy": ((Decimal("0.617"), Decimal("0.307")),),
        "tier": ((0, 0), (Decimal("0.06"), Decimal("0.03")), (Decimal("0.36"), Decimal("0.18"))),
    }
    assert tariff.tiers.over is Over.YEAR
    assert tariff.tiers.pooling is Pooling.AFTER_TIME_OF_USE
    assert tariff.tiers.bounds == (((3_120_000, 4_800_000), (3_120_000, 4_800_000)),)
    assert tariff.name["en"] == "Residential, yearly tiers with time of use"
    assert tariff.scope == {"class": "residential", "voltage": "<1kV"}


def test_a_range_over_midnight_is_both_ends_of_the_same_day(load):
    calendar = load(RESIDENTIAL).calendar
    day = dt.date(2026, 5, 3)
    assert [period_at(calendar, day, hour) for hour in (0, 5, 6, 21, 22, 23)] == [
        "night", "night", "day", "day", "night", "night",
    ]  # fmt: skip


def test_the_industrial_sketch_floats_its_components_with_the_ratios(load):
    tariff = load(INDUSTRIAL)
    peak = tariff.calendar.periods.index("peak")
    purchase, funds = tariff.components[0], tariff.components[4]
    assert purchase.prices[0][peak] == Decimal("0.4010") * Decimal("1.6")
    assert purchase.labels == {"zh": "上网电价"}
    assert (purchase.clause, purchase.by_period, purchase.by_tier) == ("energy.components.purchase", True, False)
    assert (funds.kind, funds.prices, funds.by_period) == (Kind.SURCHARGE, ((Decimal("0.0274"),),), False)
    assert tariff.demand[0].block_minutes == 15
    assert tariff.demand[0].kind is Kind.DEMAND_FLAT
    assert tariff.rounding.energy == 1000
    assert (tariff.taxes[0].name, tariff.taxes[0].rate, tariff.taxes[0].included) == ("vat", Decimal("0.13"), True)
    assert tariff.document.examples[0].given.energy["peak"] == 40_000_000


def test_sharp_hours_hold_in_july_and_not_in_june(load):
    with clock.frozen(dt.datetime(2026, 11, 23, tzinfo=dt.UTC)):
        calendar = load(INDUSTRIAL).calendar
    assert period_at(calendar, dt.date(2027, 7, 31), 15, 55) == "sharp"
    assert period_at(calendar, dt.date(2027, 6, 30), 15, 55) == "peak"
    assert calendar.last_day == dt.date(2028, 12, 31)


def test_no_number_passes_through_a_binary_fraction(load):
    tariff = load(SMALL + "energy: {price: 0.1}\nadjustments: [{id: green, price: 0.0000000001}]\n")
    assert [one.prices[0][0] for one in tariff.components] == [Decimal("0.1"), Decimal("0.0000000001")]


def test_hours_are_not_numbers_to_base_sixty_and_norway_is_not_false(load):
    text = SMALL + (
        "for: {country: no, code: 010, on: off}\n"
        "calendar: {periods: {a: A, b: B}, days: [{when: always, a: 22:30-23:00, rest: b}]}\n"
        "energy: {price: 1}\n"
    )
    tariff = load(text)
    assert tariff.scope == {"country": "no", "code": "010", "on": "off"}
    assert period_at(tariff.calendar, dt.date(2026, 1, 1), 22, 55) == "a"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_each_encoding_it_may_be_saved_in(load, encoding):
    tariff = load(RESIDENTIAL.encode(encoding))
    assert tariff.calendar.labels == {"day": {"zh": "峰"}, "night": {"zh": "谷"}}


def test_a_price_by_season_tells_the_periods_apart_by_season(load):
    tariff = load(
        SMALL
        + """\
calendar:
  seasons: {summer: {zh: 夏, when: Jun-Sep}, winter: rest}
  periods: {peak: 峰, flat: 平}
  days:
    - {when: summer, peak: 10:00-12:00, rest: flat}
    - {when: always, peak: 17:00-19:00, rest: flat}
energy: {prices: {summer: {peak: 0.9, flat: 0.5}, winter: {peak: 0.8, flat: 0.4}}}
demand: [{id: maximum, prices: {peak: 10}}]
""",
    )
    assert tariff.calendar.periods == ("summer peak", "summer flat", "winter peak", "winter flat")
    assert tariff.calendar.labels["summer peak"] == {"zh": "夏 峰"}
    assert prices_of(tariff)["energy"] == (tuple(map(Decimal, ("0.9", "0.5", "0.8", "0.4"))),)
    assert period_at(tariff.calendar, dt.date(2026, 6, 1), 10) == "summer peak"
    assert period_at(tariff.calendar, dt.date(2026, 12, 31), 10) == "winter flat"
    # A maximum that is not priced by season is one maximum, whatever the season.
    assert tariff.demand[0].calendar.periods == ("peak", "flat")
    assert [ladder is None for ladder in tariff.demand[0].ladders] == [False, True]


def test_a_demand_price_by_season_becomes_a_charge_for_each_season_s_months(load):
    tariff = load(
        SMALL
        + """\
calendar: {seasons: {summer: Jun-Sep, winter: rest}}
energy: {price: 0.5}
demand: [{id: maximum, price: {summer: 12 CNY/kW, winter: 8}}]
""",
    )
    assert [(one.name, one.kind, sorted(one.months), one.ladders[0][0].price) for one in tariff.demand] == [
        ("maximum summer", Kind.DEMAND_FLAT, [6, 7, 8, 9], 12),
        ("maximum winter", Kind.DEMAND_FLAT, [1, 2, 3, 4, 5, 10, 11, 12], 8),
    ]


def test_bounds_may_differ_by_season_without_telling_periods_apart(load):
    tariff = load(
        SMALL
        + """\
calendar: {seasons: {summer: May-Oct, other: rest}}
energy: {price: 0.6}
tiers:
  over: month
  pooling: pro-rata
  steps:
    - {up-to: {summer: 260 kWh, other: 200 kWh}}
    - {up-to: {summer: 600 kWh, other: 400 kWh}, add: 0.05}
    - {add: 0.30}
""",
    )
    assert tariff.calendar.periods == ("all",)
    assert tariff.tiers.bounds == (((260_000, 600_000),), ((200_000, 400_000),))
    assert prices_of(tariff) == {"energy": ((Decimal("0.6"),), (Decimal("0.65"),), (Decimal("0.90"),))}


def test_a_bound_per_day_and_a_bound_missing_in_a_period_are_kept(load):
    tariff = load(
        SMALL
        + """\
calendar: {periods: {a: A, b: B}, days: [{when: weekend, rest: a}, {when: always, rest: b}]}
energy: {prices: {a: 1, b: 2}}
tiers: {over: month, pooling: ladder-per-period, steps: [{up-to: {a: 20 kWh per day}}, {prices: {a: 3, b: 2}}]}
""",
    )
    assert tariff.tiers.per_day
    assert tariff.tiers.bounds == (((20_000,), (None,)),)


def test_china_s_holidays_decide_only_the_years_that_are_known(load):
    text = RESIDENTIAL.replace("2026-01-01", "2024-01-01").replace(
        "days: [{when: always, night: 22:00-06:00, rest: day}]",
        "holidays: CN, days: [{when: days-off, rest: night}, {when: always, night: 22:00-06:00, rest: day}]",
    )
    calendar = load(text).calendar
    assert period_at(calendar, dt.date(2024, 2, 12), 12) == "night"  # Monday, Spring Festival
    assert period_at(calendar, dt.date(2024, 2, 18), 12) == "day"  # Sunday, worked to make up for it
    assert calendar.last_day.month == 12
    with pytest.raises(tariffs.TariffRefused, match="holidays of 2150"):
        load(text.replace("2024-01-01", "2150-01-01"))


def test_holidays_from_a_file_beside_the_tariff(load, tmp_path):
    (tmp_path / "days.yaml").write_text(
        "country: none\nyears: {2026: {holidays: {2026-03-03: Day}, working: [2026-03-07]}}\n"
    )
    calendar = load(
        SMALL
        + "calendar: {holidays: days.yaml, periods: {on: On, off: Off}, "
        + "days: [{when: working-days, rest: on}, {when: always, rest: off}]}\nenergy: {price: 1}\n",
    ).calendar
    assert [period_at(calendar, dt.date(2026, 3, day), 0) for day in (2, 3, 7, 8)] == ["on", "off", "on", "off"]


def test_a_tariff_without_a_start_is_decided_on_any_day(load):
    tariff = load(SMALL.replace("2026-01-01", "always").replace("valid_to: 2026-12-31\n", "") + "energy: {price: 1}\n")
    assert tariff.valid_from is None
    assert tariff.calendar.first_day <= dt.date(1990, 1, 1)


def test_fixed_minimum_and_percentages_are_carried_over(load):
    tariff = load(
        SMALL
        + """\
energy: {price: 0.6 CNY/kWh}
fixed:
  - {id: service, price: 27 CNY/month}
  - {id: meter, price: 60 CNY/year, in: Jan}
minimum: [{price: 22 CNY/month}]
adjustments: [{id: discount, rate: -2 %, of: [energy, demand]}]
surcharges: [{id: municipal, rate: 3 %, of: energy}, {id: funds, price: 0.0274 CNY/kWh}]
""",
    )
    assert [(one.name, one.per, one.in_month) for one in tariff.fixed] == [
        ("service", "month", None),
        ("meter", "year", 1),
    ]
    demand = {Kind.DEMAND_FLAT, Kind.DEMAND_TOU, Kind.CAPACITY}
    assert tariff.minimums[0].counts == {Kind.ENERGY, *demand, Kind.FIXED, Kind.ADJUSTMENT}
    assert [(one.name, one.rate, sorted(one.of)) for one in tariff.percentages] == [
        ("discount", Decimal("-0.02"), ["capacity", "demand_flat", "demand_tou", "energy"]),
        ("municipal", Decimal("0.03"), ["energy"]),
    ]
    assert [(one.name, one.kind) for one in tariff.components] == [("energy", Kind.ENERGY), ("funds", Kind.SURCHARGE)]


def test_yen_are_rounded_to_whole_yen(load):
    assert load(SMALL.replace("CNY", "JPY") + "energy: {price: 31}\n").rounding.money == 1


def test_patterns_fill_every_step_of_every_decided_day(load):
    calendar = load(INDUSTRIAL).calendar
    assert calendar.patterns.shape[1] == 288
    assert calendar.patterns.min() >= 0
    assert calendar.patterns.max() < len(calendar.periods)
    assert np.all(calendar.pattern_of_day >= 0)
    assert len(calendar.pattern_of_day) == len(calendar.season_of_day)


def test_an_example_speaks_of_the_calendar_s_own_periods_and_a_checker_is_heard(tmp_path):
    file = tmp_path / "seasons.yaml"
    file.write_text(
        SMALL
        + """\
calendar:
  seasons: {summer: Jun-Sep, winter: rest}
  periods: {peak: Peak, flat: Flat}
  days: [{when: always, peak: 10:00-12:00, rest: flat}]
energy: {prices: {summer: {peak: 0.9, flat: 0.5}, winter: 0.4}}
examples:
  - given: {month: 2026-07, peak: 10 kWh, flat: 20 kWh}
    expect: {total: 19.00}
""",
        encoding="utf-8",
    )
    example = worked_examples(tariffs.load(file))[0]
    assert example.energy == {"summer peak": 10_000, "summer flat": 20_000, "winter peak": 0, "winter flat": 0}
    assert (example.year, example.month, example.expect) == (2026, 7, {"total": Decimal("19.00")})
    problems = tariffs.check(
        file, lambda tariff, findings: findings.error((*example.path, "expect", "total"), "Off by one.")
    )
    assert [(one.line, one.what) for one in problems] == [(13, "Off by one.")]
