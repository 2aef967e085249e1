"""Allowances, transformers, floors, relief, reactive energy: in words, carried by the file, and verified."""

import copy
import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest
from agreed import documents, tariff
from basic import terms, use
from test_rating_allowances import FREE, LARGE, months, yearly
from test_rating_contract_and_actual import LONG_AGO, peaks
from test_rating_explain_sources import verified

from wattloop.library import rating
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.rating.explanation.bill_document import content_hash

JAN, FEB, MAR, MAY, JUN = (dt.date(2026, month, 1) for month in (1, 2, 3, 5, 6))
WORKS = tariff(
    "works",
    demand={"by-capacity": {"price": 30}, "by-contract": {"price": 40, "floor": "40 % of capacity"}},
    **{"power-factor": {"standard": "0.90", "base": ["demand", "energy"]}},
)
OWNED = """
agreement: A
points: [{point: P1}, {point: P2}]
transformers: [{id: T1, capacity: 500 kVA}, {id: T2, capacity: 630 kVA, states: [STATES]}]
versions: [{tariff: works, demand-method: by-capacity}]
"""
STATES = "{from: 2024-01-01, is: running}, {from: 2026-05-11, is: sealed}"


def household(allowances, start, **granted):
    told = {f"allowance-{name.replace('_', '-')}": day for name, day in granted.items()}
    made, rows = terms((LONG_AGO, told)), months(2800, 100)
    return verified(rows, [yearly(allowances)], start, MAR, agreement="A", agreements=made)


def test_what_a_large_household_is_given_back_is_told_with_its_bounds():
    bill = household(LARGE, FEB, large_household=dt.date(2026, 2, 15))
    assert bill.lines[-1].sentence == {
        "en": "Tier increment: 40 kWh charged before in tier 2 (from 3,860 to 5,900 kWh, 1,100 kWh of it granted, "
        "this year; 2,800 kWh used before) given back at 0.05 yuan per kWh, −2.00 yuan.",
        "zh": "阶梯加价：退还此前已计 40 千瓦时（第2档：本年 3,860 至 5,900 千瓦时，含优惠增加的 1,100 千瓦时，"
        "此前已用 2,800 千瓦时），每千瓦时 0.05 元，计 −2.00 元。",
    }
    assert "自2026年2月15日起享受“一户多人口”优惠" in bill.segments[0].rules["zh"]
    assert "Granted since 15 Feb 2026: large household, 100 kWh more" in bill.segments[0].rules["en"]


def test_free_energy_is_told_as_free_and_since_when():
    bill = household(FREE, FEB, low_income=JAN)
    assert bill.lines[-1].sentence == {
        "en": "Low income: 15 kWh free of charge at 0.538 yuan per kWh, −8.07 yuan.",
        "zh": "低保户：免费电量 15 千瓦时，每千瓦时 0.538 元，计 −8.07 元。",
    }


@pytest.fixture
def sealed(tmp_path):
    """May of a works of two feeds, one transformer of which is sealed on the 11th."""
    rows = pa.concat_tables(
        [
            use(MAY, JUN, 100_000),
            use(MAY, JUN, 60_000, channel="reactive_in"),
            use(MAY, JUN, 50_000, point="P2"),
            use(MAY, JUN, 1_000, point="P2", channel="reactive_out"),
        ]
    )
    made = documents(tmp_path, OWNED.replace("STATES", STATES))
    return verified(rows, [WORKS], agreement="A", agreements=made)


def test_a_suspension_says_which_transformer_is_sealed_since_when(sealed):
    first, second = sealed.segments
    assert "Transformers: T1 500 kVA (running) and T2 630 kVA (sealed since 11 May 2026)." in second.rules["en"]
    assert "变压器：T1 500 千伏安（运行）、T2 630 千伏安（2026年5月11日起封停）。" in second.rules["zh"]
    assert "T2 630 kVA (running since 1 Jan 2024)" in first.rules["en"]
    assert [one["said"]["zh"] for one in second.changed] == ["容量由 1,130 千伏安变为 500 千伏安"]


def test_each_feed_tells_its_reactive_energy_and_the_factor_what_it_adds(sealed):
    assert [leg["power"] for leg in sealed.measured if leg["start"] == "2026-05-01"] == [
        {"active": "24000.000", "reactive": "14400.000", "parts": [0]},
        {"active": "12000.000", "reactive": "240.000", "parts": [0]},
    ]
    one = next(line for line in sealed.lines if line.kind == "power_factor")
    assert "111,600 kWh and 45,384 kvarh are a power factor of 0.93, standard 0.90: 0.45 % of " in one.sentence["en"]
    assert "is taken off, −" in one.sentence["en"]
    assert "功率因数 0.93，标准 0.90，" in one.sentence["zh"]
    assert "元减收 0.45 %，计 −" in one.sentence["zh"]


def test_a_contract_below_its_floor_says_what_is_billed_instead():
    made = terms((LONG_AGO, {"contract-kw": 300, "capacity-kva": 1000, "demand-method": "by-contract"}))
    demand = {"by-contract": {"price": 40, "floor": "40 % of capacity"}}
    bill = verified(peaks(MAY, JUN, (3, 250_000)), [tariff(demand=demand)], agreement="A", agreements=made)
    [one] = [line for line in bill.lines if line.kind == "demand_flat"]
    assert "contract demand of 400 kW (300 kW agreed on, below 40 % of 1,000 kVA)" in one.sentence["en"]
    assert "合同需量 400 千瓦（合同约定 300 千瓦，低于容量 1,000 千伏安的 40 %）" in one.sentence["zh"]


def test_relief_for_intensive_use_says_what_was_reached():
    rule = {"when": "energy >= 260 kWh per kVA", "price-factor": "0.9", "applies-to": ["by-actual"]}
    made = terms((LONG_AGO, {"capacity-kva": 2}))
    known = [tariff(demand={"by-actual": {"price": 35}, "intensive-use": rule})]
    bill = verified(use(MAY, JUN, 1000), known, agreement="A", agreements=made)
    [one] = [line for line in bill.lines if line.kind == "demand_flat"]
    assert "at 90 % of the price as 744 kWh reach 260 kWh per kVA" in one.sentence["en"]
    assert "全部计量点用电 744 千瓦时，每千伏安达到 260 千瓦时，按 90 % 计价" in one.sentence["zh"]


def test_two_feeds_reach_their_maxima_also_in_days_that_are_charged_by_capacity(tmp_path):
    both = tariff("works", demand={"by-capacity": {"price": 30}, "by-actual": {"price": 35}})
    made = documents(
        tmp_path,
        """
        agreement: A
        points: [{point: P1}, {point: P2}]
        versions:
          - {tariff: works, capacity: 100 kVA, demand-method: by-actual}
          - {valid_from: 2026-05-16, tariff: works, capacity: 100 kVA, demand-method: by-capacity}
        """,
    )
    second = peaks(MAY, JUN, (20, 40_000))
    rows = pa.concat_tables([peaks(MAY, JUN, (9, 50_000)), second.set_column(0, "point", pa.array(["P2"] * 31))])
    bill = verified(rows, [both], agreement="A", agreements=made)
    [one] = [line for line in bill.lines if line.kind == "demand_flat"]
    assert one.quantity == 90
    told = {(leg["point"], leg["start"]): [d["kW"]["all"] for d in leg["demand"]] for leg in bill.measured}
    assert told["P1", "2026-05-01"] == ["50.000"]
    assert told["P2", "2026-05-16"] == ["40.000"]


TAMPERED = {
    "reactive energy of a point": (("measured", 0, "power", "reactive"), "0.000"),
    "active energy of a point": (("measured", 0, "power", "active"), "1.000"),
    "whose factor it is": (("measured", 0, "power", "parts"), []),
    "reactive energy of the bill": (("priced", 0, "rows", 0, "reactive"), 45_385_000),
    "the capacity": (("terms", 1, "capacity-kva"), "499.000"),
    "a transformer": (("transformers", 0, "capacity-kva"), "400.000"),
    "a state": (("transformers", 1, "states", 1, "is"), "running"),
    "a day of a state": (("transformers", 1, "states", 1, "from"), "2026-05-01"),
}


def put(content, path, value):
    changed = copy.deepcopy(content)
    at = changed
    for key in path[:-1]:
        at = at[key]
    assert at[path[-1]] != value
    at[path[-1]] = value
    changed["hash"] = content_hash(changed)
    return changed


@pytest.mark.parametrize("what", TAMPERED)
def test_what_settlement_rests_on_is_not_changed_unnoticed(sealed, what):
    content = json.loads(json.dumps(sealed.to_json()))
    assert rating.verify(put(content, *TAMPERED[what])).differences


def test_a_contract_and_a_grant_are_not_changed_unnoticed():
    told = {"contract-kw": 300, "capacity-kva": 1000, "demand-method": "by-contract", "tariff": "works"}
    made = terms((LONG_AGO, told))
    rows = pa.concat_tables([peaks(MAY, JUN, (3, 250_000)), use(MAY, JUN, 1, channel="reactive_in")])
    rows = rows.set_column(
        rows.column_names.index("channel"), "channel", pa.array(["active_in"] * 31 + ["reactive_in"] * 31)
    )
    contract = verified(rows, [WORKS], agreement="A", agreements=made).to_json()
    assert rating.verify(put(contract, ("terms", 0, "contract-kw"), "301.000")).differences
    free = household(FREE, FEB, low_income=JAN).to_json()
    assert rating.verify(put(free, ("terms", 0, "allowances"), {})).differences
    assert rating.verify(put(free, ("terms", 0, "allowances", "low-income"), "2026-01-09")).differences


@pytest.mark.parametrize(
    ("by_contract", "by_actual", "excess", "reached"),
    [
        ("15 min", None, [16], 100),
        (None, "15 min", [16], 100),
        ("15 min", "60 min", [16], 37),
        ("60 min", None, [], 100),
    ],
)
def test_a_block_named_by_its_minutes_is_the_readings_own_where_it_is_as_long(
    tmp_path, by_contract, by_actual, excess, reached
):
    """Demand by contract, then by the meter, each over blocks of its own, in one bill of two feeds."""
    contract, actual = ({} if block is None else {"block": block} for block in (by_contract, by_actual))
    both = tariff("works", demand={"by-contract": {"price": 40, **contract}, "by-actual": {"price": 35, **actual}})
    made = documents(
        tmp_path,
        """
        agreement: A
        points: [{point: P1}, {point: P2}]
        versions:
          - {tariff: works, contract: 80 kW, demand-method: by-contract}
          - {valid_from: 2026-05-16, tariff: works, demand-method: by-actual}
        """,
    )
    days = np.arange(np.datetime64(MAY), np.datetime64(JUN))
    values = np.full((len(days), 96), 2_000, np.int32)
    values[8, 50] = values[20, 50] = 12_500  # 50 kW for a quarter of an hour, 18.5 kW over the hour
    rows = pa.concat_tables([from_matrix([point] * len(days), days, values) for point in ("P1", "P2")])
    bill = verified(rows, [both], agreement="A", agreements=made)
    demand = [(one.segment, one.quantity) for one in bill.lines if one.kind == "demand_flat"]
    assert demand == [(1, 80), *((1, kilowatts) for kilowatts in excess), (2, reached)]


def test_free_energy_says_how_much_is_free_and_one_name_is_used_throughout():
    """The terms above the bill and the sentence below call an allowance by the same name."""
    from wattloop.library.rating.explanation import words
    from wattloop.library.rating.explanation.changes import shown

    told = shown("allowances", {"low-income": "2026-02-15"})
    assert told["zh"] == "低保户（2026年2月15日起）"
    assert words.allowance("low-income")["en"] in told["en"]
