"""The power-factor adjustment: the table, the rounding of the factor, and the bills it is known from."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pyarrow as pa
import pytest
from basic import lines, month, run, tariff, terms, total, use
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.rating.charges.power_factor import UNKNOWN, hundredths
from wattloop.library.rating.charges.power_factor_table import table

JUN, JUL = month(2025, 6)
LONG_AGO = dt.date(2020, 1, 1)
PRINTED = """
1.00 -0.75/-1.1/-1.3; 0.94 -0.6/-1.1/-1.3; 0.93 -0.45/-0.95/-1.3; 0.66 14/9.5/7; 0.65 15/10/7.5; 0.64 17/11/8;
0.63 19/12/8.5; 0.60 25/15/10; 0.59 27/17/11; 0.32 81/71/61; 0.30 85/75/65; 0.26 93/83/73
"""


def rate_by_steps(standard, k):
    """The rule in words: walk from the standard to the factor, a hundredth at a time, adding what each costs."""
    rate, worse = Decimal(0), {90: (70, 65), 85: (65, 60), 80: (60, 55)}[standard]
    for at in range(standard - 1, k - 1, -1):
        rate += Decimal("0.5") if at >= worse[0] else Decimal(1) if at >= worse[1] else Decimal(2)
    most = {90: 95, 85: 94, 80: 92}[standard]
    for at in range(standard + 1, min(k, most) + 1):
        rate -= Decimal("0.15") if at > 90 else Decimal("0.1")
    return rate


@pytest.mark.parametrize("standard", [90, 85, 80])
def test_every_hundredth_of_the_table_follows_from_the_rule_in_steps(standard):
    found = table(Decimal(standard) / 100)
    assert [Decimal(int(cost)) / 100 for cost in found] == [rate_by_steps(standard, k) for k in range(101)]


def test_the_table_holds_what_is_printed():
    for entry in PRINTED.replace("\n", " ").split(";"):
        factor, costs = entry.split()
        for standard, cost in zip(("0.90", "0.85", "0.80"), costs.split("/"), strict=True):
            assert table(Decimal(standard))[int(Decimal(factor) * 100)] == Decimal(cost) * 100, (factor, standard)


@pytest.mark.parametrize(
    ("ratio", "factor"),
    [
        ("0.3461", 95), ("0.3462", 94), ("0.3793", 94), ("0.3794", 93),
        ("1.1536", 66), ("1.1537", 65), ("1.3507", 60), ("1.3508", 59),
    ],
)  # fmt: skip
def test_V25_the_factor_turns_between_these_two_ratios_of_reactive_to_active(ratio, factor):
    for active in (10_000, 10_000 * 10**9):
        assert hundredths(np.array([active]), np.array([int(Decimal(ratio) * active)])).tolist() == [factor]


def test_V25_every_factor_is_the_cosine_rounded_half_up():
    ratios = np.arange(0, 40_000)
    found = hundredths(np.full(len(ratios), 10_000), ratios)
    with localcontext() as context:
        context.prec = 60
        cosines = [Decimal(10_000) / (Decimal(10_000**2 + int(r) ** 2)).sqrt() for r in ratios]
    expected = [int((c * 100).quantize(Decimal(1), ROUND_HALF_UP)) for c in cosines]
    assert found.tolist() == expected


@settings(max_examples=200)
@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_factor_is_within_half_a_hundredth_of_the_cosine_for_any_energy(active, reactive):
    (k,) = hundredths(np.array([active]), np.array([reactive])).tolist()
    squares = active**2 + reactive**2
    if squares:
        assert (2 * k - 1) ** 2 * squares <= (200 * active) ** 2 or k == 0
        assert (200 * active) ** 2 < (2 * k + 1) ** 2 * squares


def adjusted(base=("demand", "energy"), standard="0.90", **more):
    return {"power-factor": {"standard": standard, "base": list(base), **more}}


def readings(active, *reactive, start=JUN, end=JUL, point="P1"):
    """kWh, and kvarh in and out."""
    rows = [use(start, end, total=int(active * 1000), point=point)]
    for channel, energy in zip(("reactive_in", "reactive_out"), reactive, strict=False):
        rows.append(use(start, end, total=int(energy * 1000), channel=channel, point=point))
    return pa.concat_tables(rows)


def amount(found):
    (line,) = lines(found, "power_factor")
    return line[3]


def test_V01_reactive_energy_in_and_out_add_up_to_a_factor_of_080_and_a_charge_of_750():
    t = tariff(demand={"by-capacity": {"price": "10 CNY/kVA/month"}}, **adjusted())
    found = run(t, JUN, JUL, terms((LONG_AGO, {"capacity-kva": 500})), readings(40_000, 25_000, 5_000))
    assert amount(found) == Decimal("750.00")
    assert total(found) == Decimal("15750.00")
    (line,) = [r for r in found.lines.to_pylist() if r["kind"] == "power_factor"]
    assert (line["quantity"], line["price"], line["unit"]) == (15_000, Decimal("0.05"), "CNY")
    assert line["clause"] == "t@2010-01-01#power-factor"


@pytest.mark.parametrize(("kvarh", "bill"), [(30_000, "12600.00"), (39_670, "13140.00")])
def test_V04_the_bill_with_the_reactive_energy_first_read_and_with_the_true_one(kvarh, bill):
    # 12,000.00 without the adjustment: 5 % at 0.80, 9.5 % at 0.71; the back-bill is the difference, 540.00.
    t = tariff(energy={"price": "0.30"}, **adjusted())
    assert total(run(t, JUN, JUL, terms((LONG_AGO, {})), readings(40_000, kvarh))) == Decimal(bill)


@pytest.mark.parametrize(("kvarh", "charge"), [(59_000, "4500.00"), (16_434, "-225.00")])
def test_V06_a_factor_of_065_costs_4500_and_one_of_095_saves_225(kvarh, charge):
    t = tariff(energy={"price": "0.60"}, **adjusted())
    assert amount(run(t, JUN, JUL, terms((LONG_AGO, {})), readings(50_000, kvarh))) == Decimal(charge)


def test_V07_an_invoice_s_adjustment_is_met_within_a_fen():
    lines_of_energy = ("178939.16", "119679.07", "62182.05", "2060.40", "1075.61", "543.06")
    fixed = [{"id": f"line-{i}", "price": f"{price} CNY/month"} for i, price in enumerate(lines_of_energy)]
    t = tariff(
        energy={"price": 0},
        demand={"by-capacity": {"price": "26 CNY/kVA/month"}},
        fixed=fixed,
        **adjusted(("demand", "fixed")),
    )
    found = run(t, JUN, JUL, terms((LONG_AGO, {"capacity-kva": 800})), readings(694_152, 256_728))
    assert abs(amount(found) - Decimal("-2311.67")) <= Decimal("0.01")
    assert amount(found) == Decimal("-2311.68")  # exactly -2,311.6761, a half up


def test_V02_lighting_and_funds_are_no_part_of_the_base():
    t = tariff(
        calendar={
            "periods": {"peak": "峰", "flat": "平", "valley": "谷"},
            "days": [{"when": "always", "peak": "08:00-12:00", "valley": "00:00-06:00", "rest": "flat"}],
        },
        energy={
            "components": {
                "power": {"price": "0.45", "floats": "true"},
                "lighting": {"price": 0},
                **{f"fund-{i}": {"price": price} for i, price in enumerate(("0.02", "0.007", "0.007"))},
            },
            "ratios": {"peak": "1.5", "flat": 1, "valley": "0.5"},
        },
        demand={"by-capacity": {"price": "15 CNY/kVA/month"}},
        **adjusted(without=["fund-0", "fund-1", "fund-2"]),
    )
    # 107,700 kWh at peak, 321,700 flat, 80,400 at night; 2,000 of lighting at 0.70 are another agreement's here.
    values = np.zeros((30, 24), np.int32)
    values[0, 8], values[0, 13], values[0, 1] = 107_700_000, 321_700_000, 80_400_000
    active = from_matrix(["P1"] * 30, np.arange("2025-06-01", "2025-07-01", dtype="datetime64[D]"), values)
    rows = pa.concat_tables([active, use(JUN, JUL, total=110_100_000, channel="reactive_in")])
    found = run(t, JUN, JUL, terms((LONG_AGO, {"capacity-kva": 5000})), rows)
    assert amount(found) == Decimal("-2329.14")


def test_penalty_only_contracts_know_no_reward():
    t = tariff(energy={"price": "0.60"}, **adjusted(**{"penalty-only": "true"}))
    assert amount(run(t, JUN, JUL, terms((LONG_AGO, {})), readings(50_000, 16_434))) == 0
    assert amount(run(t, JUN, JUL, terms((LONG_AGO, {})), readings(50_000, 59_000))) == Decimal("4500.00")


def test_a_bill_without_reactive_energy_is_held_back_and_the_others_are_billed():
    t = tariff(**adjusted())
    made = pa.table({"agreement": ["A", "B"], "point": ["P1", "P2"], "tariff": ["t", "t"]})
    rows = pa.concat_tables([readings(50_000, 1), readings(50_000, point="P2")])
    found = run(t, JUN, JUL, made, rows)
    assert {r["agreement"] for r in found.lines.to_pylist()} == {"A"}
    (exception,) = found.exceptions.to_pylist()
    assert (exception["agreement"], exception["what"]) == (
        "B", "reactive energy is not known, or of some of its days alone, and the power factor is charged by it",
    )  # fmt: skip


def test_reactive_energy_of_some_of_the_days_weighs_nothing():
    """Weighed against the active energy of all days it would make a better factor than the meter's."""
    t, made = tariff(**adjusted()), terms((LONG_AGO, {}))
    part = JUL - dt.timedelta(days=9)
    whole, some, nothing = use(JUN, JUL, 3000), use(JUN, part, 3000, channel="reactive_in"), use(JUN, JUL, 0)
    out = nothing.set_column(
        nothing.column_names.index("channel"), "channel", pa.array(["reactive_out"] * len(nothing))
    )
    for rows in ([whole, some], [whole, some, out]):
        found = run(t, JUN, JUL, made, pa.concat_tables(rows))
        assert found.bills == 0
        assert [row["what"] for row in found.exceptions.to_pylist()] == [UNKNOWN]
    # Where the active readings of those days are missing too, the bill rests on the days there are.
    found = run(t, JUN, JUL, made, pa.concat_tables([use(JUN, part, 3000), some]))
    assert found.bills == 1


def test_who_used_nothing_has_no_power_factor_and_who_used_reactive_energy_alone_has_the_worst():
    t = tariff(demand={"by-capacity": {"price": "10 CNY/kVA/month"}}, **adjusted())
    made = terms((LONG_AGO, {"capacity-kva": 100}))
    assert lines(run(t, JUN, JUL, made, readings(0, 0)), "power_factor") == []
    assert amount(run(t, JUN, JUL, made, readings(0, 7))) == Decimal("1450.00")


def test_a_percentage_and_a_tax_may_be_taken_of_the_adjustment():
    t = tariff(
        energy={"price": "0.60"},
        surcharges=[{"id": "levy", "rate": "10 %", "of": ["power-factor"]}],
        tax={"name": "vat", "rate": "50 %", "included": "false", "of": ["power-factor"]},
        **adjusted(),
    )
    found = run(t, JUN, JUL, terms((LONG_AGO, {})), readings(50_000, 59_000))
    assert (total(found, "surcharge"), total(found, "tax")) == (Decimal("450.00"), Decimal("2250.00"))


@pytest.mark.parametrize(("over", "charges"), [("bill", ["750.00", "750.00"]), ("segment", ["5250.00", "-112.50"])])
def test_a_price_change_inside_the_month_weighs_the_whole_bill_or_each_version_s_days(over, charges):
    # 25,000 kWh in each half; all 37,500 kvarh in the first: 0.80 together, 0.55 (35 %) and 1.00 apart.
    old = tariff(energy={"price": "0.60"}, valid_to="2025-06-15", segments={"power-factor": over}, **adjusted())
    fee = [{"id": "fee", "price": "1 CNY/month"}]  # no part of the base, but another version
    new = tariff(
        energy={"price": "0.60"}, valid_from="2025-06-16", segments={"power-factor": over}, fixed=fee, **adjusted()
    )
    half = dt.date(2025, 6, 16)
    rows = pa.concat_tables([readings(25_000, 37_500, start=JUN, end=half), readings(25_000, 0, start=half, end=JUL)])
    found = run([old, new], JUN, JUL, terms((LONG_AGO, {})), rows)
    assert [str(line[3]) for line in lines(found, "power_factor")] == charges


@settings(max_examples=15, deadline=None)
@given(
    days=st.lists(st.integers(2, 60), max_size=4, unique=True).map(sorted),
    bill=st.sampled_from(["month", "span"]),
    over=st.sampled_from(["bill", "segment"]),
    kvarh=st.integers(0, 60_000),
)
def test_a_change_that_changes_nothing_changes_no_total(days, bill, over, kvarh):
    start, end = dt.date(2025, 2, 1), dt.date(2025, 4, 1)
    t = tariff(energy={"price": "0.6137"}, segments={"power-factor": over}, **adjusted())
    rows = pa.concat_tables(
        [
            use(start, end, 14_777),
            use(start, end, total=kvarh * 1000, channel="reactive_in"),
        ]
    )
    whole = run(t, start, end, terms((LONG_AGO, {})), rows, bill=bill)
    cuts = [(start + dt.timedelta(days=d - 1), {"customer": str(d)}) for d in days]
    cut = run(t, start, end, terms((LONG_AGO, {"customer": "0"}), *cuts), rows, bill=bill)
    assert total(cut) == total(whole)
