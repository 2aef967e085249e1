"""The difference of two versions of a tariff is found in what they charge, and told in words."""

import datetime as dt
import json
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from wattloop.example import ENTERPRISE
from wattloop.library import tariffs
from wattloop.library.tariffs.difference_words import facts, lines
from wattloop.library.tariffs.facts import Fact

OLD = """\
id: x
name: {zh: 工商业, en: industrial}
valid_from: 2026-01-01
currency: CNY
for: {class: industrial-commercial}
calendar:
  zone: Asia/Shanghai
  periods: {peak: 峰, flat: 平, valley: 谷}
  days: [{when: always, peak: [10:00-12:00, 15:00-21:00], valley: 23:00-07:00, rest: flat}]
energy:
  components:
    purchase: {zh: 购电, price: 0.40, floats: true}
    funds: {zh: 基金, price: 0.0271, kind: surcharge}
  ratios: {peak: 1.6, flat: 1, valley: 0.4}
tiers:
  over: year
  pooling: after-time-of-use
  steps: [{up-to: 2760 kWh}, {add: 0.05}]
demand: [{id: maximum, zh: 需量, price: 36 CNY/kW/month, block: 15 min}]
fixed: [{id: meter, zh: 表费, price: 10 CNY/month}]
minimum: [{price: 15 CNY/month}]
surcharges: [{id: share, rate: 2 %, of: [energy]}]
tax: {vat: 13 %, included: true}
rounding: {energy: 1 kWh, money: 0.01}
options: [{when: {market: direct}, time-of-use: false, priced-as: flat}]
"""


def compared(tmp_path, *changes, language="en", year=2026):
    found = between(tmp_path, *changes, year=year)
    return [line for line in lines(found, language) if line.startswith("  ")]


def between(tmp_path, *changes, year=2026):
    text = OLD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    paths = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
    for path, content in zip(paths, (OLD, text), strict=True):
        path.write_text(content, encoding="utf-8")
    return tariffs.difference(*map(tariffs.load, paths), year)


def test_a_tariff_differs_in_nothing_from_itself_however_it_is_written(tmp_path):
    found = between(
        tmp_path,
        ("price: 0.40,", "price: 0.4000 CNY/kWh,"),
        ("{price: 0.0271, kind: surcharge}".replace("{", "{zh: 基金, "), "{zh: 基金, prices: {peak: 0.0271, "
         "flat: 0.0271, valley: 0.0271}, kind: surcharge}"),
        ("[{when: always, peak: [10:00-12:00, 15:00-21:00], valley: 23:00-07:00, rest: flat}]",
         "[{when: weekend, valley: [00:00-07:00, 23:00-24:00], flat: [07:00-10:00, 12:00-15:00, 21:00-23:00], "
         "rest: peak}, {when: Mon-Fri, peak: [15:00-21:00, 10:00-12:00], valley: 23:00-07:00, rest: flat}]"),
        ("up-to: 2760 kWh", "up-to: 2.76 MWh"),
    )  # fmt: skip
    assert found.moves == ()
    assert not found.changes, [(one.section, one.names, one.old, one.new) for one in found.changes]
    assert list(lines(found, "zh")) == ["没有差别"]


def test_every_price_that_moves_is_told_with_both_values_and_percent(tmp_path):
    assert compared(tmp_path, ("0.40,", "0.41,")) == [
        "  purchase peak rises from 0.64 to 0.656 CNY/kWh (+2.50 %)",
        "  purchase flat rises from 0.4 to 0.41 CNY/kWh (+2.50 %)",
        "  purchase valley rises from 0.16 to 0.164 CNY/kWh (+2.50 %)",
        *(
            f"  tier {tier} {period} rises from {old} to {new} CNY/kWh ({percent} %)"
            for tier, period, old, new, percent in [
                (1, "peak", "0.6671", "0.6831", "+2.40"),
                (1, "flat", "0.4271", "0.4371", "+2.34"),
                (1, "valley", "0.1871", "0.1911", "+2.14"),
                (2, "peak", "0.7171", "0.7331", "+2.23"),
                (2, "flat", "0.4771", "0.4871", "+2.10"),
                (2, "valley", "0.2371", "0.2411", "+1.69"),
            ]
        ),
    ]


CASES = {
    "funds": (("0.0271", "0.0270"), "funds falls from 0.0271 to 0.027 CNY/kWh (-0.37 %)"),
    "ratio": (("valley: 0.4}", "valley: 0.38}"), "valley falls from 0.4 to 0.38 (-5.00 %)"),
    "bound": (("2760", "3120"), "tier 1 up to rises from 2,760 to 3,120 kWh (+13.04 %)"),
    "increment": (("add: 0.05", "add: 0.06"), "tier increment tier 2 rises from 0.05 to 0.06 CNY/kWh (+20.00 %)"),
    "span": (("over: year", "over: month"), "over changes from year to month"),
    "demand": (("36 CNY", "38 CNY"), "maximum rises from 36 to 38 CNY/kW (+5.56 %)"),
    "block": (("15 min", "30 min"), "maximum block rises from 15 to 30 min (+100.00 %)"),
    "fixed": (("10 CNY/month", "1 CNY/day"), "meter changes from 10 CNY/month to 1 CNY/day"),
    "a new charge": (("15 CNY/month}", "15 CNY/month}, {id: y, price: 200 CNY/year}"), "y is new: 200 CNY/year"),
    "a charge gone": (("fixed: [{id: meter, zh: 表费, price: 10 CNY/month}]\n", ""), "meter is gone: 10 CNY/month"),
    "what counts": (("15 CNY/month}", "15 CNY/month, counts: [energy]}"),
                    "minimum charge counts changes from adjustment, demand, energy, fixed to energy"),
    "share": (("2 %", "2.5 %"), "share rises from 2 to 2.5 %"),
    "tax": (("13 %, included: true", "9 %, included: false"),
            "VAT changes from included in the prices to on top of the prices"),
    "tax rate": (("13 %", "9 %"), "VAT falls from 13 to 9 %"),
    "rounding": (("money: 0.01", "money: 0.1"), "money rises from 0.01 to 0.1 CNY"),
    "date": (("2026-01-01", "2026-07-01"), "valid_from changes from 2026-01-01 to 2026-07-01"),
    "clock": (("Asia/Shanghai", "Asia/Urumqi"), "clock changes from Asia/Shanghai to Asia/Urumqi"),
    "scope": (("industrial-commercial}", "industrial-commercial, voltage: 10kV}"), "applies to voltage is new: 10kV"),
    "option": (("priced-as: flat", "priced-as: valley"), "market direct all energy priced as changes from flat to "),
    "option gone": (("options: [{when: {market: direct}, time-of-use: false, priced-as: flat}]\n", ""),
                    "market direct is gone: all energy priced as flat"),
    "factor": (("priced-as: flat}", "priced-as: flat, factors: {purchase: 1.5}}"),
               "market direct purchase is new: factor 1.5"),
    "kind": (("0.0271, kind: surcharge", "0.0271"), "funds kind changes from surcharge to energy"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_whatever_else_changes_is_told(case, tmp_path):
    change, said = CASES[case]
    assert any(line.strip().startswith(said) for line in compared(tmp_path, change))


def test_hours_that_move_are_told_with_their_days_and_how_many_a_year(tmp_path):
    days = "[{when: always, peak: [10:00-12:00, 15:00-21:00], valley: 23:00-07:00, rest: flat}]"
    new = (
        "[{when: Jul-Aug, peak: [10:00-12:00, 15:00-22:00], valley: 23:00-07:00, rest: flat}, "
        "{when: weekend, peak: 15:00-21:00, valley: 23:00-07:00, rest: flat}, " + days[1:]
    )
    found = between(tmp_path, (days, new))
    assert [(one.old, one.new, one.hours, one.count, one.hours_a_year) for one in found.moves] == [
        ("peak", "flat", (("10:00", "12:00"),), 86, 172.0),  # 104 days of weekends less the 18 of July and August
        ("flat", "peak", (("21:00", "22:00"),), 62, 62.0),
    ]
    assert list(lines(found, "en"))[-1].strip() == (
        "21:00-22:00 moves from flat to peak: Jul-Aug every day, 62 days, 62 hours a year"
    )
    assert list(lines(found, "zh"))[-1].strip() == "21:00-22:00 由平改为峰：7月-8月 每天，62 天，全年 62 小时"


def test_a_new_period_is_told_by_its_hours_and_prices(tmp_path):
    said = compared(
        tmp_path,
        ("periods: {", "periods: {sharp: 尖, "),
        ("peak: [10:00-12:00, 15:00-21:00]", "sharp: 19:00-21:00, peak: [10:00-12:00, 15:00-19:00]"),
        ("ratios: {", "ratios: {sharp: 1.92, "),
        language="zh",
    )
    assert "  购电 尖 新增：0.768 CNY/kWh" in said
    assert "  尖 新增：1.92" in said
    assert "  19:00-21:00 由峰改为尖：每天，365 天，全年 730 小时" in said
    assert not [line for line in said if "基金" in line]  # it costs the same in every period


def test_hours_are_not_compared_in_a_year_whose_days_are_not_known(tmp_path):
    change = ("calendar:\n", "calendar:\n  holidays: CN\n"), ("when: always, peak", "when: working-days, peak"), (
        "rest: flat}]", "rest: flat}, {when: always, rest: flat}]")  # fmt: skip
    found = between(tmp_path, *change, year=2090)
    assert found.moves is None
    assert found.any is False
    assert list(lines(found, "en"))[-1].endswith("not every day is decided of 2090")


def test_numbers_are_exact_and_the_facts_are_for_programs(tmp_path):
    found = between(tmp_path, ("36 CNY", "38 CNY"))
    [change] = found.changes
    assert (change.section, change.names, change.old, change.new, change.sort, change.percent) == (
        "demand", ("maximum",), Fact(Decimal(36), "CNY/kW"), Fact(Decimal(38), "CNY/kW"), "changed", Decimal("5.56"),
    )  # fmt: skip
    told = json.loads(json.dumps(facts(found)))
    assert told["changes"] == [
        {
            "section": "demand", "names": ["maximum"], "attribute": "", "sort": "changed", "percent": "5.56",
            "old": {"value": "36", "unit": "CNY/kW"}, "new": {"value": "38", "unit": "CNY/kW"},
        }
    ]  # fmt: skip
    assert told["hours"] == []


def test_a_price_from_nothing_rises_without_percent(tmp_path):
    found = between(tmp_path, ("36 CNY", "0 CNY"))
    assert found.changes[0].percent == Decimal("-100.00")
    back = tariffs.difference(found.new, found.old, 2026)
    assert back.changes[0].percent is None


@pytest.mark.parametrize("file", sorted((ENTERPRISE / "tariffs").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_example_enterprises_tariffs_differ_in_nothing_from_themselves(file):
    day = dt.date(2026, 10, 31)
    found = tariffs.difference(tariffs.load(file, on=day), tariffs.load(file, on=day), 2026)
    assert not found.any
    assert found.moves == ()


def test_what_is_new_one_way_is_gone_the_other(tmp_path):
    found = between(tmp_path, ("fixed: [{id: meter, zh: 表费, price: 10 CNY/month}]\n", ""), ("0.40,", "0.41,"))
    back = tariffs.difference(found.new, found.old, 2026)
    forth = {(one.section, one.names, one.attribute): (one.old, one.new) for one in found.changes}
    assert {(one.section, one.names, one.attribute): (one.new, one.old) for one in back.changes} == forth


def command(*told, at):
    return subprocess.run(
        [sys.executable, "-m", "wattloop", "tariff", "diff", *told], cwd=at, capture_output=True, text=True, check=False
    )


def test_the_command_compares_two_files_or_two_days_of_one(tmp_path):
    for name, price in (("a", "1"), ("b", "2"), ("c", "{2026-01: 1, 2026-02: 1.5}")):
        text = f"id: x\nname: X\nvalid_from: 2026-01-01\ncurrency: CNY\nenergy: {{price: {price}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    said = command("a.yaml", "b.yaml", "--language", "zh", at=tmp_path)
    assert said.returncode == 0, said.stderr
    assert "电能 由 1 升至 2 CNY/kWh (+100.00 %)" in said.stdout
    said = command("c.yaml", "--on", "2026-01-31", "2026-02-01", "--json", at=tmp_path)
    assert [one["percent"] for one in json.loads(said.stdout)["changes"] if one["section"] == "price"] == ["50.00"]
    for told, named in ((["a.yaml"], "two versions"), (["a.yaml", "c.yaml"], "no day is named")):
        said = command(*told, at=tmp_path)
        assert (said.returncode, named in said.stderr, said.stdout) == (2, True, "")


WORKS = """id: works
name: x
valid_from: 2026-01-01
currency: CNY
energy: {price: 0.6}
tiers:
  over: year
  pooling: pro-rata
  steps: [{up-to: 2760 kWh}, {add: 0.1}]
  allowances: {low-income: {free: 15 kWh per month}}
demand:
  by-capacity: {price: 22 CNY/kVA/month}
  by-contract: {price: 35 CNY/kW/month, floor: 40 % of capacity, over: 105 %, over-rule: contract-plus-double-excess}
  by-actual: {price: 35 CNY/kW/month, block: 15 min}
  intensive-use: {when: energy >= 260 kWh per kVA, price-factor: 0.9, applies-to: [by-contract]}
  proration: calendar-days
  suspension: {shorter-than: 15 days, charged: full}
power-factor: {standard: 0.90, base: [demand, energy], penalty-only: false}
segments: {tiers: in-order, demand: bill, power-factor: bill, registers: read}
"""
SETTLED = {
    "price of capacity": ("22 CNY", "23 CNY", "capacity charge rises from 22 to 23 CNY/kVA/month (+4.55 %)"),
    "floor": ("40 % of", "30 % of", "contract demand charge floor falls from 40 to 30 %"),
    "excess": ("contract-plus-double-excess", "double-above-contract", "from the contract and twice the excess to the"),
    "intensive use": ("260 kWh", "300 kWh", "contract demand charge intensive use from rises from 260 to 300 kWh/kVA"),
    "relief": ("factor: 0.9", "factor: 0.8", "price factor of intensive use falls from 0.9 to 0.8"),
    "parts of months": ("calendar-days", "thirtieths", "from parts of a month by its days to parts of a month by th"),
    "suspension": ("15 days", "30 days", "rule 1 shorter than rises from 15 to 30 days"),
    "standard": ("standard: 0.90", "standard: 0.85", "standard changes from 0.90 to 0.85"),
    "base": ("[demand, energy]", "[energy]", "base changes from demand, energy to energy"),
    "penalty": ("penalty-only: false", "penalty-only: true", "rule changes from reward and penalty to penalty only"),
    "free energy": ("free: 15", "free: 10", "low income free falls from 15 to 10 kWh/month"),
    "segments": ("power-factor: bill", "power-factor: segment", "from of the whole bill to of each segment"),
}


@pytest.mark.parametrize("case", SETTLED)
def test_what_settles_a_works_bill_is_compared_as_well(tmp_path, case):
    """A change of the basic charge or of the power factor is a change, and is told in both languages."""
    old, new, said = SETTLED[case]
    assert old in WORKS
    before, after = tmp_path / "old.yaml", tmp_path / "new.yaml"
    before.write_text(WORKS, encoding="utf-8")
    after.write_text(WORKS.replace(old, new), encoding="utf-8")
    found = tariffs.difference(tariffs.load(before), tariffs.load(after), 2026)
    told = list(lines(found, "en"))
    assert any(said in line for line in told), told
    assert not any(re.search("[a-z]{4}", line) for line in lines(found, "zh")), list(lines(found, "zh"))
