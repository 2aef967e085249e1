"""The county's works: what was agreed with them, what their meters show, and that the month's bills show it all."""

import csv
import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloop.example import ENTERPRISE, works
from wattloop.example.county import SEED, generate, late_readings, write_county
from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.dayrows import matrix
from wattloop.library.rating import exceptions
from wattloop.library.rating.agreements.file import read_agreements

FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 11, 9)
OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
ACCOUNTS = 560  # with the first eight factories, and some large commerce


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("county")
    write_county(place, accounts=ACCOUNTS, first_day=FIRST, last_day=LAST)
    return place


@pytest.fixture(scope="module")
def october(folder):
    """The run of October."""
    lake = readings.open_lake(folder / "lake", "Asia/Shanghai")
    readings.import_file(lake, folder / "readings.parquet")
    readings.import_file(lake, folder / "reactive.parquet", unit="varh", channel="reactive_in")
    readings.import_file(lake, folder / "registers.csv")
    known = [t for file in sorted((ENTERPRISE / "tariffs").glob("*.yaml")) for t in tariffs.load_versions(file)]
    return rating.run(lake, known, OCTOBER, NOVEMBER, agreements=read_agreements(folder / "agreements"))


@pytest.fixture(scope="module")
def bills(october):
    """{agreement: its lines}."""
    found = {}
    for line in october.lines.to_pylist():
        found.setdefault(line["agreement"], []).append(line)
    return found


@pytest.fixture(scope="module")
def meters(folder):
    with (folder / "registers.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


FOUND = works.works(ACCOUNTS, SEED)


def factory(particular):
    return next(one for one in FOUND if one.particular == particular)


def amount(lines, *kinds):
    return sum(line["amount"] for line in lines if line["kind"] in kinds)


def of(meters, point, start):
    return [row for row in meters if row["point"] == point and row["from"] == start.isoformat()]


def shown(row, register):
    return (Decimal(row[f"this_{register}"]) - Decimal(row[f"last_{register}"])) * int(row["multiplier"])


def test_everybody_is_billed_and_nobody_held_back(october, bills):
    assert len(bills) == ACCOUNTS
    history = {exceptions.INCOMPLETE_HISTORY}  # the year's tiers count from January, and the readings from September
    assert set(october.exceptions["what"].to_pylist()) == history


def test_every_factory_pays_a_basic_charge_and_a_power_factor_and_funds(bills):
    for one in FOUND:
        kinds = {line["kind"] for line in bills[one.point]}
        assert {"energy", "surcharge", "power_factor", "tax"} <= kinds
        assert ("capacity" in kinds or "demand_flat" in kinds) == (one.turn >= 0)
    assert any(one.turn < 0 for one in FOUND)


def test_a_transformer_sealed_on_the_ninth_is_charged_for_eight_days(bills):
    lines = [line for line in bills[factory(works.SEALED).point] if line["kind"] == "capacity"]
    assert [(line["segment_start"].day, line["segment_end"].day) for line in lines] == [(1, 9), (9, 1)]
    one = factory(works.SEALED)
    larger, smaller = works.size_of(one.capacity * 0.6), works.size_of(one.capacity * 0.4)
    whole = Decimal((larger + smaller) * 22 * 8) / 31 + Decimal(larger * 22 * 23) / 31
    assert amount(lines, "capacity") == pytest.approx(whole, abs=Decimal("0.011"))


def test_who_goes_to_the_market_on_the_sixteenth_has_no_periods_from_then_on(bills):
    energy = [line for line in bills[factory(works.MARKET).point] if line["component"] == "purchase"]
    before = {line["tou"] for line in energy if line["segment"] == 1}
    after = [line for line in energy if line["segment"] == 2]
    assert {"peak", "flat", "valley", "deep-valley"} <= before
    assert [(line["price"], line["segment_start"].day) for line in after] == [(Decimal("0.385"), 16)]


def test_a_contract_that_was_exceeded_costs_double_beyond_five_percent(bills, meters):
    one = factory(works.CONTRACT)
    [row] = of(meters, one.point, OCTOBER)
    maximum = Decimal(row["this_demand"]) * one.multiplier
    agreed = Decimal(one.capacity * 13 // 200 * 10)
    limit = agreed * Decimal("1.05")
    assert maximum > limit
    lines = [line for line in bills[one.point] if line["kind"] == "demand_flat"]
    assert {line["source"] for line in lines} == {"registers", "contract"}
    price = Decimal(35) if shown(row, "active_in") < 260 * one.capacity else Decimal("31.5")
    assert amount(lines, "demand_flat") == pytest.approx(price * (agreed + 2 * (maximum - limit)), abs=Decimal("0.02"))


def test_lighting_is_taken_out_of_flat_and_priced_by_itself(bills):
    one = factory(works.LIGHTING)
    light = [line for line in bills[one.point] if line["point"] == one.lighting and line["component"] == "purchase"]
    assert [(line["tou"], line["quantity"]) for line in light if line["quantity"]] == [("flat", one.capacity * 2)]


def test_two_feeds_have_two_demands_one_by_the_meters_register(bills, meters):
    one = factory(works.TWO_FEEDS)
    [row] = of(meters, one.second, OCTOBER)
    [line] = [line for line in bills[one.point] if line["kind"] == "demand_flat"]
    of_second = Decimal(row["this_demand"]) * one.multiplier
    assert line["quantity"] > of_second > 0


def test_an_exchanged_meter_has_two_rows_that_adjoin(bills, meters):
    one = factory(works.EXCHANGED)
    rows = [row for row in meters if row["point"] == one.point and row["from"].startswith("2026-10")]
    assert [(row["meter"][0], row["from"], row["to"]) for row in rows] == [
        ("M", "2026-10-01", "2026-10-11"), ("N", "2026-10-11", "2026-11-01"),
    ]  # fmt: skip
    billed = sum(line["quantity"] for line in bills[one.point] if line["component"] == "purchase")
    assert billed == pytest.approx(sum(shown(row, "active_in") for row in rows), abs=3)


def test_an_energy_intensive_factory_pays_half_as_much_again_for_its_purchase(bills):
    lines = [line for line in bills[factory(works.INTENSIVE).point] if line["component"] == "purchase"]
    assert {line["price"] for line in lines if line["tou"] == "flat"} == {Decimal("0.401") * Decimal("1.5")}


def test_a_factory_that_grew_has_another_owner_and_more_capacity_from_the_eighteenth(bills, folder):
    lines = [line for line in bills[factory(works.GROWN).point] if line["kind"] == "capacity"]
    assert [line["segment_start"].day for line in lines] == [1, 18]
    assert lines[0]["quantity"] < lines[1]["quantity"] * 17 / 14
    assert "customer: 新县工业园" in (folder / "agreements" / "factories.yaml").read_text(encoding="utf-8")


def test_registers_count_what_the_readings_would_without_their_faults(meters):
    clean = pa.concat_tables(generate(ACCOUNTS, FIRST, LAST, with_faults=False))
    for one in (one for one in FOUND if one.by_registers):
        mine = clean.filter(pa.compute.equal(clean["point"], one.point))
        values, _ = matrix(mine, 96)
        for month, days in ((FIRST, slice(0, 30)), (OCTOBER, slice(30, 61))):
            read = [row for row in meters if row["point"] == one.point and row["from"][:7] == f"{month:%Y-%m}"]
            hundredth = Decimal(one.multiplier) / 100
            told = sum(shown(row, "active_in") for row in read)
            used = Decimal(int(values[days].sum(dtype=np.int64))) / 1000
            assert abs(told - used) <= len(read) * hundredth
            peak = sum(shown(row, "active_in:peak") for row in read)
            hours = np.r_[40:48, 60:84]  # 10:00-12:00 and 15:00-21:00
            assert abs(peak - Decimal(int(values[days][:, hours].sum(dtype=np.int64))) / 1000) <= len(read) * hundredth
            highest = max(Decimal(row["this_demand"]) for row in read) * one.multiplier
            assert highest >= Decimal(int(values[days].max())) * 4 / 1000


def test_power_factors_lie_on_both_sides_of_what_is_asked(bills):
    rates = [amount(lines, "power_factor") for lines in bills.values()]
    assert min(rates) < 0 < max(rates)


def test_registers_end_with_the_last_whole_month(meters):
    assert {row["to"] for row in meters} == {"2026-10-01", "2026-10-11", "2026-11-01"}


def test_late_readings_are_those_that_were_lost(folder):
    late = pq.read_table(folder / "late.parquet")
    assert late.num_rows == len(late.group_by(["point", "day"]).aggregate([])) > 3
    clean = pa.concat_tables(generate(ACCOUNTS, OCTOBER, dt.date(2026, 10, 31), with_faults=False))
    known = {(row["point"], row["day"]): row for row in clean.drop_columns(["channel"]).to_pylist()}
    assert all(known[row["point"], row["day"]] == row for row in late.to_pylist())
    assert late_readings(0, OCTOBER, LAST).num_rows == 0


def test_a_county_without_works_or_a_whole_month_is_written_all_the_same(tmp_path):
    write_county(tmp_path, accounts=3, first_day=dt.date(2026, 10, 5), last_day=dt.date(2026, 10, 20))
    assert not any((tmp_path / name).exists() for name in ("reactive.parquet", "registers.csv"))
    assert len(read_agreements(tmp_path / "agreements").names) == 3


@pytest.mark.parametrize("particular", range(8))
def test_every_kind_of_factory_has_a_bill_that_is_explained_and_verifies(particular, october, folder, bills):
    known = [t for file in sorted((ENTERPRISE / "tariffs").glob("*.yaml")) for t in tariffs.load_versions(file)]
    agreements, one = read_agreements(folder / "agreements"), factory(particular).point
    lake = readings.open_existing(folder / "lake")
    [bill] = rating.explain(lake, known, OCTOBER, NOVEMBER, agreement=one, agreements=agreements)
    assert bill.total == sum(line["amount"] for line in bills[one])
    assert rating.verify(json.loads(json.dumps(bill.to_json()))).differences == []
