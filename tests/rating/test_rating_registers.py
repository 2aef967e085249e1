"""Bills from register readings: meters frozen at the month's end, exchanged, rolled over, read in between."""

import datetime as dt
from decimal import Decimal

import pytest
from agreed import amounts, documents, tariff

from wattloop.library import rating, readings

MAY, JUN, JUL = dt.date(2026, 5, 1), dt.date(2026, 6, 1), dt.date(2026, 7, 1)
HEAD = "point,meter,register,from,to,last,this,multiplier,digits"
TOU = {
    "calendar": {
        "periods": {"peak": "peak", "flat": "flat", "valley": "valley"},
        "days": [{"when": "always", "peak": "08:00-12:00", "valley": "00:00-06:00", "rest": "flat"}],
    },
    "energy": {"prices": {"peak": "0.675", "flat": "0.45", "valley": "0.225"}},
}


@pytest.fixture
def lake_of(tmp_path):
    def make(*rows, name="registers.csv"):
        lake = readings.open_lake(tmp_path / "lake")
        (tmp_path / name).write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
        readings.import_file(lake, tmp_path / name)
        return lake

    return make


def row(register, last, this, *, point="M", meter="1", start=MAY, end=JUN, multiplier=1, digits=""):
    return f"{point},{meter},{register},{start},{end},{last},{this},{multiplier},{digits}"


def quantities(lines):
    return {(r["point"], r["tou"] or r["component"]): r["quantity"] for r in lines.to_pylist()}


def test_the_period_without_a_register_is_the_total_less_the_others(lake_of):
    lake = lake_of(row("active_in", 1000, 1500), row("active_in:peak", 300, 420), row("active_in:valley", 300, 400))
    found = rating.run(lake, [tariff(**TOU)], MAY, JUN)
    assert quantities(found.lines) == {(None, "peak"): 120, (None, "flat"): 280, (None, "valley"): 100}
    assert set(found.lines["source"].to_pylist()) == {"registers"}
    assert not len(found.exceptions)


FUNDS = [{"id": name, "price": price} for name, price in (("loan", "0.02"), ("dam", "0.007"), ("city", "0.007"))]


def test_V02_a_works_with_lighting_of_a_fixed_amount_is_billed_327_024_56(lake_of, tmp_path):
    """Capacity, time of use, lighting taken out of flat, the power factor without lighting and funds, three funds."""
    lake = lake_of(
        row("active_in", "5953.8", "6124.4", multiplier=3000),
        row("active_in:peak", "4639.2", "4675.1", multiplier=3000),
        row("active_in:valley", "4565.9", "4592.7", multiplier=3000),
        row("reactive_in", "3459.8", "3496.5", multiplier=3000),
    )
    energy = {
        "components": {"power": {"price": "0.45", "floats": "true"}},
        "ratios": {"peak": "1.5", "flat": 1, "valley": "0.5"},
    }
    works = tariff(
        "works",
        calendar=TOU["calendar"],
        energy=energy,
        demand={"by-capacity": {"price": "15 CNY/kVA/month"}},
        surcharges=FUNDS,
        **{"power-factor": {"standard": "0.90", "base": ["demand", "energy"]}},
    )
    light = tariff("light", energy={"price": "0.70"}, surcharges=FUNDS)
    made = documents(
        tmp_path,
        """
        agreement: "0102"
        points: [{point: M}, {point: L, behind: M, tariff: light, fixed: 2000 kWh/month, out-of: flat}]
        versions: [{tariff: works, capacity: 5000 kVA}]
        """,
    )
    run = rating.run(lake, [works, light], MAY, JUN, agreements=made)
    assert not len(run.exceptions)
    found = run.lines
    assert amounts(found.filter([r["kind"] == "energy" for r in found.to_pylist()]), "point", "tou") == {
        (None, "peak"): Decimal("72697.50"),
        (None, "flat"): Decimal("144765.00"),
        (None, "valley"): Decimal("18090.00"),
        ("L", None): Decimal("1400.00"),
    }
    assert amounts(found, "component").items() >= {
        "by-capacity": Decimal("75000.00"), "power-factor": Decimal("-2329.14"),
        "loan": Decimal("10236.00"), "dam": Decimal("3582.60"), "city": Decimal("3582.60"),
    }.items()  # fmt: skip
    (adjustment,) = (r for r in found.to_pylist() if r["kind"] == "power_factor")
    assert (adjustment["quantity"], adjustment["price"]) == (Decimal("310552.50"), Decimal("-0.0075"))
    total = sum(amounts(found, "component").values())
    assert total == Decimal("327024.56")
    assert round(total / 511_800, 2) == Decimal("0.64")


def test_a_meter_exchanged_inside_the_month_counts_with_both(lake_of):
    lake = lake_of(
        row("active_in", 9000, 9100, end="2026-05-12", multiplier=10),
        row("active_in", 3, 203, meter="2", start="2026-05-12", multiplier=20),
    )
    found = rating.run(lake, [tariff()], MAY, JUN)
    assert quantities(found.lines) == {(None, "energy"): 1000 + 4000}
    assert not len(found.exceptions)


def test_a_counter_that_rolls_over_goes_on(lake_of):
    lake = lake_of(row("active_in", 99990, 10, digits=5, multiplier=40))
    assert quantities(rating.run(lake, [tariff()], MAY, JUN).lines) == {(None, "energy"): 800}


def test_a_month_read_in_part_is_billed_on_what_was_read_and_named(lake_of):
    lake = lake_of(row("active_in", 0, 100, end="2026-05-21"))
    found = rating.run(lake, [tariff()], MAY, JUN)
    assert [(e["point"], e["what"], e["found"], e["expected"]) for e in found.exceptions.to_pylist()] == [
        ("M", "incomplete registers", 20, 31)
    ]


def test_a_reading_over_two_bills_holds_both_back_or_is_shared_by_days_where_the_tariff_says_so(lake_of):
    lake = lake_of(row("active_in", 0, 610, end=JUL))
    found = rating.run(lake, [tariff()], MAY, JUL)
    assert not len(found.lines)
    assert [e["what"] for e in found.exceptions.to_pylist()] == [
        "registers that do not tell the periods of the bill"
    ] * 2
    shared = rating.run(lake, [tariff(segments={"registers": "by-days"})], MAY, JUL).lines
    assert shared["quantity"].to_pylist() == [310, 300]


def test_a_price_that_changes_inside_the_month_asks_for_a_reading_of_that_day(lake_of):
    old, new = tariff(valid_to="2026-05-20"), tariff(valid_from="2026-05-21", energy={"price": "0.6"})
    whole = lake_of(row("active_in", 0, 310))
    assert not len(rating.run(whole, [old, new], MAY, JUN).lines)
    read = lake_of(
        row("active_in", 0, 250, end="2026-05-21"), row("active_in", 250, 310, start="2026-05-21"), name="again.csv"
    )
    found = rating.run(read, [old, new], MAY, JUN)
    assert [(r["segment"], r["quantity"]) for r in found.lines.to_pylist()] == [(1, 250), (2, 60)]


def test_periods_that_several_registers_lack_are_held_back_and_the_others_billed(lake_of):
    lake = lake_of(
        row("active_in", 0, 300),
        row("active_in:peak", 0, 100),
        row("active_in", 0, 300, point="N"),
        row("active_in:peak", 0, 100, point="N"),
        row("active_in:valley", 0, 50, point="N"),
    )
    found = rating.run(lake, [tariff(**TOU)], MAY, JUN)
    assert set(found.lines["agreement"].to_pylist()) == {"N"}
    assert [(e["agreement"], e["what"]) for e in found.exceptions.to_pylist()] == [
        ("M", "registers that do not tell the periods of the bill")
    ]


def test_the_demand_register_is_the_maximum(lake_of):
    demand = [{"id": "maximum", "price": "38 CNY/kW/month"}]
    lake = lake_of(row("active_in", 0, 300, multiplier=100), row("demand", "", "0.152", multiplier=1500))
    found = rating.run(lake, [tariff(demand=demand)], MAY, JUN).lines
    assert quantities(found)[None, "maximum"] == 228
    assert amounts(found, "component")["maximum"] == Decimal("8664.00")


def test_a_share_of_a_very_large_meter_is_its_share(lake_of, tmp_path):
    lake = lake_of(row("active_in", 0, 9_000_000, multiplier=1_000_000))
    made = documents(
        tmp_path,
        "{agreement: A, points: [{point: M}, {point: L, behind: M, tariff: t, share: 25 %}], versions: [{tariff: t}]}",
    )
    found = rating.run(lake, [tariff()], MAY, JUN, agreements=made).lines
    assert quantities(found) == {(None, "energy"): 6_750_000_000_000, ("L", "energy"): 2_250_000_000_000}


def test_registers_of_periods_that_count_more_than_the_total_hold_their_own_bill_back(lake_of):
    lake = lake_of(
        row("active_in", 0, 300), row("active_in:peak", 0, 200), row("active_in:valley", 0, 101),
        row("active_in", 0, 300, point="N"), row("active_in:peak", 0, 100, point="N"),
        row("active_in:flat", 0, 100, point="N"), row("active_in:valley", 0, 101, point="N"),
        row("active_in", 0, 300, point="O"), row("active_in:peak", 0, 200, point="O"),
        row("active_in:valley", 0, 100, point="O"),
    )  # fmt: skip
    found = rating.run(lake, [tariff(**TOU)], MAY, JUN)
    assert set(found.lines["agreement"].to_pylist()) == {"O"}
    assert {(e["agreement"], e["what"]) for e in found.exceptions.to_pylist()} == {
        (name, "registers that do not tell the periods of the bill") for name in "MN"
    }


def test_meters_with_registers_and_with_intervals_make_up_one_agreement(lake_of, tmp_path):
    import pyarrow.parquet as pq
    from agreed import use

    lake = lake_of(row("active_in", 0, 1000))
    pq.write_table(use(MAY, JUN, L=100).drop_columns(["channel"]), tmp_path / "intervals.parquet")
    readings.import_file(lake, tmp_path / "intervals.parquet")
    made = documents(
        tmp_path,
        "{agreement: A, points: [{point: M}, {point: L, behind: M, tariff: light}], versions: [{tariff: t}]}",
    )
    found = rating.run(lake, [tariff(), tariff("light")], MAY, JUN, agreements=made)
    assert quantities(found.lines) == {(None, "energy"): Decimal("925.6"), ("L", "energy"): Decimal("74.4")}
    assert not len(found.exceptions)


def test_a_corrected_reading_of_a_month_read_in_part_corrects_its_bill(lake_of, tmp_path):
    rating.book(tmp_path / "booked", lake_of(row("active_in", 0, 100, end="2026-05-21")), [tariff()], MAY, JUN)
    lake = lake_of(row("active_in", 0, 120, end="2026-05-21"), name="corrected.csv")
    [line] = rating.rebill(tmp_path / "booked", lake, [tariff()]).lines.to_pylist()
    assert (line["quantity"], line["amount"]) == (20, 10)
