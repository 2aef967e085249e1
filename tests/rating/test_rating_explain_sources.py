"""Bills from registers, agreed energy, parts, dated prices and files that tariffs name are explained and verify."""

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from agreed import documents, tariff, use
from basic import terms
from cut import two_owners
from test_rating_contract_and_actual import LONG_AGO, by_contract, peaks
from test_rating_registers import TOU, lake_of, row

from wattloop.library import rating, tariffs
from wattloop.library.rating.explanation.formulas import evaluate
from wattloop.library.rating.explanation.verify import verify

__all__ = ["lake_of"]
MAY, JUN = dt.date(2026, 5, 1), dt.date(2026, 6, 1)


def verified(readings, known, start=MAY, end=JUN, **how):
    """The one bill, equal to the run's lines, its formulas true, its file verified."""
    [bill] = rating.explain(readings, known, start, end, **how)
    agreement = how.pop("agreement")
    lines = rating.run(readings, known, start, end, **how).lines.to_pylist()
    assert [(one.number, one.point, one.amount) for one in bill.lines] == [
        (r["line"], r["point"], r["amount"]) for r in lines if r["agreement"] == agreement
    ]
    for line in bill.lines:
        assert evaluate(line.formula) == Fraction(line.amount)
    assert verify(json.loads(json.dumps(bill.to_json()))).differences == []
    return bill


@pytest.fixture
def works(lake_of):
    """V02's meter, and its maximum with the moment it was reached."""
    return lake_of(
        row("active_in", "5953.8", "6124.4", multiplier=3000),
        row("active_in:peak", "4639.2", "4675.1", multiplier=3000),
        row("active_in:valley", "4565.9", "4592.7", multiplier=3000),
        row("demand", "", "0.152", multiplier=3000),
    )


def test_registers_are_shown_with_last_this_and_multiplier_and_the_rest_is_flat(works):
    demand = [{"id": "maximum", "price": "38 CNY/kW/month"}]
    bill = verified(works, [tariff(**TOU, demand=demand)], agreement="M")
    [leg] = bill.measured
    assert (leg["source"], leg["readings"], leg["expected"]) == ("registers", 31, 31)
    assert leg["energy"] == {"peak": "107700.000", "flat": "323700.000", "valley": "80400.000"}
    total = next(one for one in leg["registers"] if one["register"] == "active_in")
    assert (total["last"], total["this"], total["multiplier"], total["quantity"]) == (
        "5953.8", "6124.4", "3000", "511800.000",
    )  # fmt: skip
    maximum = next(one for one in bill.lines if one.component == "maximum")
    assert maximum.sentence["en"] == "Maximum: a maximum of 456 kW at 38 yuan per kW and month, 17,328.00 yuan."
    assert maximum.source == "registers"
    of_demand = next(one for one in leg["registers"] if one["register"] == "demand")
    assert (of_demand["last"], of_demand["this"], of_demand["quantity"]) == ("", "0.152", "456.000")


def test_energy_that_a_contract_fixes_is_shown_where_it_is_added_and_where_it_is_taken_out(works, tmp_path):
    made = documents(
        tmp_path,
        """
        agreement: "0102"
        points: [{point: M}, {point: L, behind: M, tariff: light, fixed: 2000 kWh/month, out-of: flat}]
        versions: [{tariff: works, capacity: 5000 kVA}]
        """,
    )
    known = [tariff("works", **TOU), tariff("light", energy={"price": "0.70"})]
    bill = verified(works, known, agreement="0102", agreements=made)
    shown = [(leg["part"], leg["point"], leg["sign"], leg["source"], leg["energy"]) for leg in bill.measured]
    assert shown[1:] == [
        (0, "L", -1, "contract", {"peak": "0.000", "flat": "2000.000", "valley": "0.000"}),
        (1, "L", 1, "contract", {"all": "2000.000"}),
    ]
    assert bill.lines[-1].point == "L"


def test_a_meter_in_series_at_its_own_price_is_taken_out_of_the_one_before(tmp_path):
    text = "{agreement: A, points: [{point: M}, {point: L, behind: M, tariff: light}], versions: [{tariff: t}]}"
    known = [tariff(), tariff("light", energy={"price": "0.7"})]
    bill = verified(use(MAY, JUN, M=1000, L=100), known, agreement="A", agreements=documents(tmp_path, text))
    assert [(leg["part"], leg["point"], leg["sign"]) for leg in bill.measured] == [
        (0, "M", 1),
        (0, "L", -1),
        (1, "L", 1),
    ]
    content = bill.to_json()
    content["measured"][1]["energy"] = dict.fromkeys(content["measured"][1]["energy"], "0.000")
    assert any("is not what the points counted" in said for said in verify(content).differences)


def test_a_price_by_date_carries_the_document_that_holds_all_of_its_versions(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(
        "id: t\nname: t\nvalid_from: 2026-01-01\ncurrency: CNY\n"
        "energy: {price: {2026-01-01: 0.5, 2026-05-11: 0.6, until: open}}\n"
    )
    bill = verified(use(MAY, JUN, P=1000), tariffs.load_versions(file), agreement="P")
    assert [one.formula for one in bill.lines] == ["round(240 × 0.5, 0.01)", "round(504 × 0.6, 0.01)"]
    assert [one["valid_from"] for one in bill.documents] == ["2026-01-01", "2026-05-11"]


def test_versions_of_the_same_rules_go_on_without_a_cut_and_verify():
    old = tariff(valid_to="2026-05-10", calendar={"zone": "Asia/Shanghai"})
    new = tariff(valid_from="2026-05-11", calendar={"zone": "Asia/Shanghai"}, source={"document": "list 2"})
    bill = verified(use(MAY, JUN, P=1000), [old, new], agreement="P")
    assert len(bill.segments) == 1


def test_files_that_a_tariff_names_are_carried_and_need_not_be_there_later(tmp_path):
    (tmp_path / "tariffs").mkdir()
    days = tmp_path / "days.yaml"
    days.write_text("country: none\nyears: {2026: {holidays: {2026-05-01: May}}}\n")
    file = tmp_path / "tariffs" / "t.yaml"
    file.write_text(
        "id: t\nname: t\nvalid_from: 2026-01-01\nvalid_to: 2026-12-31\ncurrency: CNY\n"
        "calendar:\n  zone: Asia/Shanghai\n  holidays: days.yaml\n  periods: {peak: 峰, valley: 谷}\n"
        "  days: [{when: holidays, rest: valley}, {when: always, valley: 22:00-08:00, rest: peak}]\n"
        "energy: {prices: {peak: 0.9, valley: 0.3}}\n"
    )
    [bill] = rating.explain(use(MAY, JUN, P=1000), [tariffs.load(file)], MAY, JUN, agreement="P")
    content = json.loads(json.dumps(bill.to_json()))
    days.unlink()
    file.unlink()
    assert list(content["tariffs"][0]["files"]) == ["days.yaml"]
    assert verify(content).differences == []
    content["tariffs"][0]["files"]["days.yaml"] = "country: none\nyears: {2026: {holidays: {2026-05-02: May}}}\n"
    assert verify(content).differences


def test_options_and_the_choice_of_demand_follow_from_the_terms_that_are_carried():
    demand = {"by-capacity": {"price": "26 CNY/kVA/month"}}
    options = [{"when": {"market": "direct"}, "without": ["funds"]}]
    parts = {"delivery": {"price": "0.5"}, "funds": {"price": "0.02", "kind": "surcharge"}}
    made = tariff(demand=demand, energy={"components": parts}, options=options)
    table = pa.table(
        {"agreement": ["A"], "point": ["P"], "tariff": ["t"], "capacity-kva": [630], "demand-method": ["by-capacity"],
         "market": ["direct"], "class": ["industrial"]}
    )  # fmt: skip
    bill = verified(use(MAY, JUN, P=1000), [made], agreement="A", agreements=table)
    assert [one.kind for one in bill.lines] == ["energy", "capacity"]
    assert "The agreement chose demand by capacity." in bill.lines[-1].why["en"]
    assert "The agreement is class industrial, market direct" in bill.lines[0].why["en"]
    content = bill.to_json()
    content["terms"][0]["market"] = None
    assert verify(content).differences


@pytest.mark.parametrize("rule", ["contract-plus-double-excess", "over-limit-plus-double-excess"])
def test_demand_by_contract_tells_what_was_agreed_on_and_what_goes_beyond_it(rule):
    made = terms((LONG_AGO, {"contract-kw": 1000}))
    rows = peaks(MAY, JUN, (9, 1_300_000))
    bill = verified(rows, [by_contract(**{"over-rule": rule})], agreement="A", agreements=made)
    first, second = (one for one in bill.lines if one.kind == "demand_flat")
    assert "contract demand of" in first.sentence["en"]
    en, zh = second.sentence["en"], second.sentence["zh"]
    assert "a maximum of 1,300 kW on 9 May from 12:00 to 13:00 is beyond 1,050 kW (105 % of the contract)," in en
    assert "250 kW of it at twice the price" in en
    assert "最大需量 1,300 千瓦（5月9日 12:00至13:00），超过 1,050 千瓦（合同需量的 105 %）" in zh
    assert "250 千瓦按双倍计" in zh


def test_a_contract_that_changes_inside_the_month_is_charged_for_its_days():
    made = terms((LONG_AGO, {"contract-kw": 1000}), (dt.date(2026, 5, 12), {"contract-kw": 800}))
    bill = verified(peaks(MAY, JUN, (9, 500_000)), [by_contract()], agreement="A", agreements=made)
    found = [one.formula for one in bill.lines if one.kind == "demand_flat"]
    assert found == ["round(1000 × 40.8 × 11 ÷ 31, 0.01)", "round(800 × 40.8 × 20 ÷ 31, 0.01)"]


def test_a_maximum_with_a_floor_says_what_it_is_billed_as():
    made = terms((LONG_AGO, {"capacity-kva": 1000}))
    demand = {"by-actual": {"price": "38 CNY/kW/month", "floor": "40 % of capacity"}}
    bill = verified(peaks(MAY, JUN, (3, 250_000)), [tariff(demand=demand)], agreement="A", agreements=made)
    [one] = [line for line in bill.lines if line.kind == "demand_flat"]
    said = "a maximum of 250 kW on 3 May from 12:00 to 13:00, below 40 % of 1,000 kVA, billed as 400 kW,"
    assert said in one.sentence["en"]


def test_a_power_factor_is_told_with_its_energy_and_verifies():
    rows = pa.concat_tables([use(MAY, JUN, P1=1000), use(MAY, JUN, P1=750)])
    channel = pa.array(["active_in"] * 31 + ["reactive_in"] * 31)
    rows = rows.set_column(rows.column_names.index("channel"), "channel", channel)
    made = tariff(**{"power-factor": {"standard": "0.90", "base": ["energy"]}})
    bill = verified(rows, [made], agreement="P1")
    [one] = [line for line in bill.lines if line.kind == "power_factor"]
    assert "744 kWh and 558 kvarh are a power factor of 0.80" in one.sentence["en"]
    content = bill.to_json()
    content["priced"][0]["rows"][0]["reactive"] = 100
    assert verify(content).differences


def test_tiers_in_time_order_with_whole_kWh_are_billed_beside_a_tariff_of_other_periods():
    """The days under the other tariff were spread over tiers by its periods, where nothing was known of their order."""
    steps = [{"up-to": "300 kWh"}, {"price": "0.6"}]
    tiers = {"over": "month", "pooling": "in-time-order", "steps": steps}
    first = tariff("t", tiers=tiers, rounding={"energy": "1 kWh"}, **{**TOU, "energy": {"price": "0.5"}})
    made = two_owners("P", ["t", "u"], dt.date(2026, 5, 16))
    calendar = {
        "periods": {"valley": "v", "flat": "f"},
        "days": [{"when": "always", "valley": "00:00-08:00", "rest": "flat"}],
    }
    second = tariff("u", calendar=calendar, energy={"prices": {"valley": "0.3", "flat": "0.5"}})
    bill = verified(use(MAY, JUN, P=1001), [first, second], agreement="P", agreements=made)
    assert sum(one.quantity for one in bill.lines if one.clause["tariff"].startswith("t@")) == 360
    assert [one.quantity for one in bill.lines][-2:] == [Decimal("128.128"), Decimal("256.256")]


def test_a_maximum_in_the_days_of_another_tariff_is_the_bill_s():
    demand = [{"id": "maximum", "price": "31 CNY/kW/month"}]
    other = {"demand": demand, "calendar": {"zone": "Asia/Shanghai"}}
    made = two_owners("P1", ["t", "u"], dt.date(2026, 5, 16))
    known = [tariff(**TOU, demand=demand), tariff("u", **other)]
    bill = verified(peaks(MAY, JUN, (20, 50_000)), known, agreement="P1", agreements=made)
    found = [one for one in bill.lines if one.component == "maximum"]
    assert [one.quantity for one in found] == [50, 50]
    assert all("on 20 May from 12:00 to 13:00" in one.sentence["en"] for one in found)


def test_maxima_over_the_readings_own_block_and_over_one_named_by_its_minutes_verify_in_one_bill():
    """The hours of the one tariff's second charge are those of the other's only one."""
    always = {"zone": "Asia/Shanghai", "periods": {"on": "on"}, "days": [{"when": "always", "on": "00:00-24:00"}]}
    by_hour = {"id": "by-hour", "block": "120 min", "calendar": always, "prices": {"on": "3"}}
    first = tariff(**TOU, demand=[{"id": "maximum", "price": "31"}, by_hour])
    second = tariff("u", calendar=always, demand=[{"id": "maximum", "block": "60 min", "prices": {"on": "5"}}])
    made = two_owners("P1", ["t", "u"], dt.date(2026, 5, 16))
    bill = verified(peaks(MAY, JUN, (3, 50_000), (20, 30_000)), [first, second], agreement="P1", agreements=made)
    found = [(one.component, one.quantity) for one in bill.lines if one.component in ("maximum", "by-hour")]
    assert found == [("maximum", 50), ("by-hour", Decimal("25.5")), ("maximum", 30)]
