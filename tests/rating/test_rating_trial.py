"""A month's sums answer what other hours and prices come to, to the last fen of what a bill run would say."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.example import ENTERPRISE
from wattloop.example.accounts import class_of, point_name
from wattloop.example.classes import CLASSES
from wattloop.example.county import SEED, generate
from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.columns import from_documents
from wattloop.library.rating.agreements.documents import read_documents
from wattloop.library.rating.agreements.table import from_table
from wattloop.library.rating.comparison import summing
from wattloop.library.rating.comparison.comparing import CURRENT
from wattloop.library.rating.comparison.day_sums import open_sums
from wattloop.library.rating.comparison.summing import sum_month
from wattloop.library.rating.comparison.trial import TRIED, Population, not_priced

MARCH, APRIL = dt.date(2026, 3, 1), dt.date(2026, 4, 1)
PRICED = ["energy", "surcharge", "adjustment", "tax"]
HOURS = {"a": {"peak": ["08:00-11:00", "17:00-21:00"], "valley": "23:00-07:00", "rest": "flat"},
         "b": {"valley": ["00:00-08:00", "12:00-14:00"], "peak": "19:00-22:30", "rest": "flat"}}  # fmt: skip


def tariff(name="t", zone="Asia/Shanghai", days=None, **parts):
    plain = {
        "id": name, "name": name, "valid_from": "2020-01-01", "currency": "CNY",
        "calendar": {"zone": zone, "periods": {"peak": "峰", "flat": "平", "valley": "谷"},
                     "days": days or [{"when": "weekend", "rest": "valley"}, {"when": "always"} | HOURS["a"]]},
        "energy": {"components": {"grid": {"price": Decimal("0.4086"), "floats": True},
                                  "funds": {"price": Decimal("0.0271"), "kind": "surcharge"}},
                   "ratios": {"peak": Decimal("1.6"), "flat": Decimal("1"), "valley": Decimal("0.4")}},
        "tax": {"name": "vat", "rate": "13 %", "included": False}, "rounding": {"energy": "1 kWh"},
    }  # fmt: skip
    return tariffs.from_plain(plain | parts)


def use(*points, seed=1, slots=96, most=4000, first=dt.date(2026, 2, 26), last=dt.date(2026, 4, 3)):
    days = np.arange(np.datetime64(first), np.datetime64(last))
    values = np.random.default_rng(seed).integers(0, most, (len(points) * len(days), slots), np.int32)
    return from_matrix(np.repeat(points, len(days)).tolist(), np.tile(days, len(points)), values)


def agreed(*rows, **more):
    table = dict(zip(("agreement", "point", "tariff"), map(list, zip(*rows, strict=True)), strict=True))
    return from_table(pa.table(table | more))


def population(rows, known, who, tmp_path, name="t", month=MARCH):
    sum_month(rows, known, name, month, who, tmp_path / "sums")
    return Population(open_sums(tmp_path / "sums"))


def billed(rows, known, who, name="t"):
    """{agreement: what a bill run says of the lines that follow from energy}, in the smallest unit."""
    lines = rating.run(rows, known, MARCH, APRIL, agreements=who).lines
    lines = lines.filter(pc.is_in(lines["kind"].cast(pa.string()), pa.array(PRICED)))
    found = {}
    for row in lines.select(["agreement", "amount", "clause"]).to_pylist():
        if row["clause"].startswith(name):
            found[row["agreement"]] = found.get(row["agreement"], 0) + int(row["amount"].scaleb(2))
    return found


def paid(people, tariff):
    return dict(zip(people.names.to_pylist(), people.under(tariff).amount.tolist(), strict=True))


def test_whoever_redraws_the_hours_the_amounts_are_those_of_a_bill_run(tmp_path):
    rows, now = use("P1", "P2", "P3"), tariff()
    who = agreed(("A1", "P1", "t"), ("A2", "P2", "t"), ("A3", "P3", "t"))
    people = population(rows, [now], who, tmp_path)
    other = tariff(days=[{"when": "weekend", "rest": "flat"}, {"when": "always"} | HOURS["b"]])
    assert paid(people, now) == billed(rows, [now], who)
    assert paid(people, other) == billed(rows, [other], who)
    assert sum(people.under(other).energy.values()) == people.used.sum() > 0


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_cut_of_the_day_comes_to_what_a_bill_run_says(tmp_path_factory, data):
    starts = data.draw(st.sets(st.integers(1, 95), min_size=3, max_size=9).map(sorted))
    names = ["peak", "flat", "valley"] + [data.draw(st.sampled_from(["peak", "flat", "valley"])) for _ in starts[2:]]
    hours = {}
    for name, low, high in zip(names, [0, *starts], [*starts, 96], strict=False):
        hours.setdefault(name, []).append(f"{low // 4:02d}:{low % 4 * 15:02d}-{high // 4:02d}:{high % 4 * 15:02d}")
    other = tariff(days=[{"when": "weekend", "rest": "flat"}, {"when": "always"} | hours])
    rows, who = use("P1", "P2"), agreed(("A1", "P1", "t"), ("A2", "P2", "t"))
    people = population(rows, [tariff()], who, tmp_path_factory.mktemp("cut"))
    assert paid(people, other) == billed(rows, [other], who)


@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York", "Asia/Kolkata"])
def test_a_month_whose_clock_changes_is_summed_by_the_local_clock(tmp_path, zone):
    lake, rows = readings.open_lake(tmp_path / "lake", zone), use("P1", "P2")
    pq.write_table(rows.drop_columns(["channel"]), tmp_path / "rows.parquet")
    readings.import_file(lake, tmp_path / "rows.parquet")
    who, now = agreed(("A1", "P1", "t"), ("A2", "P2", "t")), tariff(zone=zone)
    people = population(lake, [now], who, tmp_path)
    assert paid(people, now) == billed(lake, [now], who)


def test_points_of_an_agreement_add_up_and_a_meter_behind_another_is_taken_out(tmp_path):
    rows = pa.concat_tables([use("M", "N", seed=3), use("L", seed=4, most=9)])
    (tmp_path / "works.yaml").write_text(
        "- agreement: A1\n  points:\n    - {point: M}\n    - {point: N}\n    - {point: L, behind: M, tariff: light}\n"
        "  versions: [{valid_from: 2024-01-01, tariff: t, class: works}]\n", encoding="utf-8",
    )  # fmt: skip
    who = from_documents(read_documents([tmp_path / "works.yaml"]))
    known = [tariff(), tariff("light", energy={"prices": {"peak": 1, "flat": 1, "valley": 1}})]
    people = population(rows, known, who, tmp_path)
    assert paid(people, known[0]) == billed(rows, known, who)
    assert people.classes.to_pylist() == ["works"]


def test_those_whom_it_does_not_cover_are_counted_with_the_reason(tmp_path):
    rows = use("P1", "P2", "P3")
    always = "2020-01-01"
    who = agreed(
        ("A1", "P1", "t"), ("A2", "P2", "t"), ("A2", "P2", "other"), ("A4", "nowhere", "t"), ("A5", "P3", "other"),
        valid_from=[always, always, "2026-03-10", always, always], valid_to=[None, "2026-03-09", None, None, None],
    )  # fmt: skip
    sums = population(rows, [tariff(), tariff("other")], who, tmp_path).sums
    assert sums.names.to_pylist() == ["A1"]
    assert sums.left_out == {summing.CHANGES: 1, summing.NO_INTERVALS: 1}


def test_an_agreement_that_pays_one_price_at_all_hours_neither_wins_nor_loses(tmp_path):
    rows, who = use("P1", "P2"), agreed(("A1", "P1", "t"), ("A2", "P2", "t"), market=["direct", "agency-purchase"])
    options = [{"when": {"market": "direct"}, "time-of-use": False, "priced-as": "flat"}]
    now, other = (tariff(options=options, days=[{"when": "always"} | HOURS[which]]) for which in "ab")
    people = population(rows, [now], who, tmp_path)
    assert paid(people, other) == billed(rows, [other], who)
    found = people.against(people.under(now), people.under(other), other)
    change = (found.priced[TRIED].total - found.priced[CURRENT].total).tolist()
    assert change[0] == 0 != change[1]


def test_readings_of_hours_and_of_quarters_are_brought_to_hours_and_a_boundary_inside_one_is_refused(tmp_path):
    coarse = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    for slots, name in ((24, "P1"), (96, "P2")):
        pq.write_table(use(name, slots=slots).drop_columns(["channel"]), tmp_path / f"{name}.parquet")
        readings.import_file(coarse, tmp_path / f"{name}.parquet")
    who = agreed(("A1", "P1", "t"), ("A2", "P2", "t"))
    people = population(coarse, [tariff()], who, tmp_path)
    assert people.sums.slots == 24
    assert paid(people, tariff()) == billed(coarse, [tariff()], who)
    with pytest.raises(Refused, match="inside a reading of 60 minutes"):
        people.under(tariff(days=[{"when": "always"} | HOURS["b"]]))


def test_a_tariff_that_changes_inside_the_month_is_refused_by_its_day(tmp_path):
    now = replace(tariff(), valid_to=dt.date(2026, 3, 14))
    then = replace(tariff(fixed=[{"id": "meter", "price": "1 CNY/month"}]), valid_from=dt.date(2026, 3, 15))
    with pytest.raises(Refused, match=r"changes inside 2026-03 \(2026-03-15\)"):
        sum_month(use("P1"), [now, then], "t", MARCH, agreed(("A1", "P1", "t")), tmp_path / "sums")
    assert not list(tmp_path.iterdir())


def test_nobody_and_a_month_without_readings_are_refused_and_leave_no_file(tmp_path):
    with pytest.raises(Refused, match="nobody's use"):
        sum_month(use("P1"), [tariff(), tariff("x")], "t", MARCH, agreed(("A1", "P1", "x")), tmp_path / "sums")
    with pytest.raises(Refused, match="no readings"):
        sum_month(use("P1"), [tariff()], "t", dt.date(2026, 6, 1), agreed(("A1", "P1", "t")), tmp_path / "sums")
    with pytest.raises(Refused, match="no sums"):
        open_sums(tmp_path / "sums")
    assert not list(tmp_path.iterdir())


def test_what_takes_more_than_energy_by_period_is_named_not_guessed():
    yearly = tariffs.load(ENTERPRISE / "tariffs" / "residential-yearly.yaml")
    works = tariffs.load(ENTERPRISE / "tariffs" / "industrial-two-part-10kv.yaml", on=dt.date(2026, 10, 1))
    assert not_priced(yearly) == ["tiers", "allowances"]
    assert not_priced(works) == ["basic", "power-factor"]
    assert not_priced(tariff()) == []


def test_the_sums_are_the_same_however_few_parts_are_summed_at_a_time(tmp_path, monkeypatch):
    rows, known = use(*(f"P{n}" for n in range(9))), [tariff()]
    who = agreed(*((f"A{8 - n}", f"P{n}", "t") for n in range(9)))
    whole = population(rows, known, who, tmp_path)
    monkeypatch.setattr(summing, "CELLS", 1)
    told = []
    sum_month(rows, known, "t", MARCH, who, tmp_path / "few", progress=lambda *step: told.append(step))
    few = open_sums(tmp_path / "few")
    assert few.names.equals(whole.sums.names)
    assert (few.running == whole.sums.running).all()
    assert told == [(n, 9) for n in range(1, 10)]


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A lake with a month of the example county, gaps and all."""
    folder = tmp_path_factory.mktemp("county")
    rows = pa.concat_tables(generate(400, MARCH, dt.date(2026, 3, 31)))
    pq.write_table(rows.drop_columns([n for n in ("channel",) if n in rows.column_names]), folder / "rows.parquet")
    lake = readings.open_lake(folder / "lake", "Asia/Shanghai")
    readings.import_file(lake, folder / "rows.parquet")
    return lake


@pytest.mark.parametrize("name", ["commercial-single-part", "ev-charging", "residential-yearly"])
def test_the_countys_month_is_billed_to_the_last_fen(county, tmp_path, name):
    known = [tariffs.load(ENTERPRISE / "tariffs" / f"{name}.yaml")]
    points = [point_name(at) for at, of in enumerate(class_of(400, SEED)) if CLASSES[of].tariff == name]
    who = agreed(*((point, point, name) for point in points))
    people = population(county, known, who, tmp_path, name)
    lines = rating.run(county, known, MARCH, APRIL, agreements=who).lines
    base = lines.filter(pc.is_in(lines["kind"].cast(pa.string()), pa.array(["energy", "surcharge"])))
    base = base.filter(pc.invert(pc.match_substring(base["component"].cast(pa.string()), "tier")))
    assert len(people.names) == len(points) > 0
    assert int(people.under(known[0]).amount.sum()) == int(pc.sum(base["amount"]).as_py().scaleb(2))
