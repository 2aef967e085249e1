"""Bills that are cut: what a change leaves alone comes to the same, meter by meter and day by day."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from agreed import amounts, documents, tariff, use
from basic import use as metered

from wattloop.library import rating
from wattloop.library.quantity.dayrows import from_matrix

MAY, JUN = dt.date(2026, 5, 1), dt.date(2026, 6, 1)
THIRTIETHS = {"demand": {"by-capacity": {"price": "30 CNY/kVA/month"}, "proration": "thirtieths"}}
WEIGHED = {"power-factor": {"standard": "0.90", "base": ["energy"]}}


def peaks(point, *peaks_of_days, usual=1000):
    """May, with a power of its own at nine on some days."""
    days = np.arange(np.datetime64(MAY), np.datetime64(JUN))
    values = np.full((len(days), 24), usual, np.int32)
    for day, power in peaks_of_days:
        values[day - 1, 9] = power
    return from_matrix([point] * len(days), days, values)


def two_versions(name, **parts):
    """A tariff whose price of energy changes on 15 May."""
    later = parts | {"energy": {"price": "0.6"}, "valid_from": "2026-05-15"}
    return [tariff(name, **parts), tariff(name, **later)]


def whole_and_cut(folder, points, terms):
    """An agreement as it is, and cut on 15 May by a word that no tariff asks for."""
    for later in ("", f"\n  - {{valid_from: 2026-05-15, class: other, {terms}}}"):
        yield documents(folder, f"agreement: A\npoints: {points}\nversions:\n  - {{{terms}}}{later}\n")


def test_a_piece_without_readings_bears_its_days_of_what_is_charged_by_the_month(tmp_path):
    made = documents(
        tmp_path,
        """
        agreement: A
        points: [{point: P1}]
        versions: [{tariff: t, capacity: 100 kVA}, {valid_from: 2026-05-11, tariff: t, capacity: 200 kVA}]
        """,
    )
    priced = tariff(**THIRTIETHS, fixed=[{"id": "service", "price": "31 CNY/month"}])
    found = rating.run(use(dt.date(2026, 5, 12), JUN, P1=1000), [priced], MAY, JUN, agreements=made)
    assert amounts(found.lines, "kind", "segment") == {
        ("energy", 1): 0, ("capacity", 1): 1000, ("fixed", 1): 10,
        ("energy", 2): 240, ("capacity", 2): 4200, ("fixed", 2): 21,
    }  # fmt: skip
    assert "no readings" in found.exceptions["what"].to_pylist()


def test_a_meter_silent_before_a_change_is_named_and_holds_nothing_back_that_was_billed_without_it(tmp_path):
    rows = pa.concat_tables([use(MAY, JUN, P1=1000), use(dt.date(2026, 5, 20), JUN, P2=1000)])
    runs = [
        rating.run(rows, [tariff()], MAY, JUN, agreements=made)
        for made in whole_and_cut(tmp_path, "[{point: P1}, {point: P2}]", "tariff: t")
    ]
    assert [amounts(run.lines, "kind") for run in runs] == [{"energy": Decimal("516.00")}] * 2


def test_days_between_two_versions_bear_no_capacity(tmp_path):
    made = documents(
        tmp_path,
        """
        agreement: A
        points: [{point: P1}]
        versions:
          - {valid_to: 2026-05-10, tariff: t, capacity: 100 kVA}
          - {valid_from: 2026-05-22, tariff: t, capacity: 100 kVA}
        """,
    )
    found = rating.run(use(MAY, JUN, P1=1000), [tariff(**THIRTIETHS)], MAY, JUN, agreements=made)
    assert amounts(found.lines, "kind")["capacity"] == 1000 + 1000


def test_days_between_two_versions_raise_no_bound(tmp_path):
    made = documents(
        tmp_path,
        """
        agreement: A
        points: [{point: P1}]
        versions: [{valid_to: 2026-05-10, tariff: t}, {valid_from: 2026-05-22, tariff: t}]
        """,
    )
    steps = {"over": "month", "pooling": "after-time-of-use", "steps": [{"up-to": "310 kWh"}, {"add": "1"}]}
    found = rating.run(use(MAY, JUN, P1=1000), [tariff(tiers=steps)], MAY, JUN, agreements=made)
    # 480 kWh, of which 20 days of 31 let 200 into the first tier.
    assert amounts(found.lines, "component") == {"energy": 240, "tier": 280}


def test_a_month_of_one_capacity_is_one_month_of_thirtieths_also_where_a_price_changes_inside_it(tmp_path):
    made = documents(tmp_path, "agreement: A\npoints: [{point: P1}]\nversions: [{tariff: t, capacity: 100 kVA}]")
    found = rating.run(use(MAY, JUN, P1=1000), two_versions("t", **THIRTIETHS), MAY, JUN, agreements=made)
    assert amounts(found.lines, "kind")["capacity"] == 3000


CALENDAR = {
    "periods": {"peak": "peak", "flat": "flat"},
    "days": [{"when": "always", "peak": "08:00-12:00", "rest": "flat"}],
}


@pytest.mark.parametrize("over", ["bill", "segment"])
def test_a_price_change_leaves_the_maximum_at_peak_alone(tmp_path, over):
    made = documents(tmp_path, "agreement: A\npoints: [{point: P1}]\nversions: [{tariff: t}]")
    demand = [{"id": "maximum", "prices": {"peak": "31 CNY/kW/month", "flat": "0 CNY/kW/month"}}]
    priced = two_versions("t", demand=demand, calendar=CALENDAR, segments={"demand": over})
    found = rating.run(peaks("P1", (3, 50_000), (20, 30_000)), priced, MAY, JUN, agreements=made).lines
    assert [r["quantity"] for r in found.to_pylist() if r["tou"] == "peak"] == [50, 50]
    assert amounts(found, "tou")["peak"] == 50 * 31


@pytest.mark.parametrize("beside", [False, True])
def test_a_maximum_at_peak_under_two_tariffs_looks_at_charges_of_its_name_alone_whoever_else_is_billed(
    tmp_path, beside
):
    """Where each goes by its tariff's own hours, one pass finds the maxima of all; the other's days are not its own."""
    peak = {"prices": {"peak": "31 CNY/kW/month"}}
    known = [
        tariff(calendar=CALENDAR, demand=[{"id": "first", **peak}]),
        tariff("u", calendar=CALENDAR | {"zone": "Asia/Shanghai"}, demand=[{"id": "second", **peak}]),
    ]
    text = """
        - agreement: A
          points: [{point: P1}]
          versions: [{tariff: t}, {valid_from: 2026-05-16, tariff: u}]
        """
    if beside:  # somebody whose demand goes by hours that are not the tariff's own
        hours = {"periods": {"on": "on"}, "days": [{"when": "always", "on": "00:00-24:00"}]}
        known.append(tariff("other", calendar=CALENDAR, demand=[{"id": "d", "calendar": hours, "prices": {"on": "3"}}]))
        text += "- {agreement: B, points: [{point: P2}], versions: [{tariff: other}]}\n"
    rows = pa.concat_tables([peaks("P1", (3, 50_000), (20, 30_000)), peaks("P2")])
    found = rating.run(rows if beside else peaks("P1", (3, 50_000), (20, 30_000)), known, MAY, JUN,
                       agreements=documents(tmp_path, text)).lines  # fmt: skip
    reached = {
        r["component"]: r["quantity"] for r in found.to_pylist() if r["kind"] == "demand_tou" and r["tou"] == "peak"
    }
    assert reached == {"first": 50, "second": 30}


@pytest.mark.parametrize("over", ["bill", "segment"])
@pytest.mark.parametrize("sort", [{"price": "31 CNY/kW/month"}, {"prices": {"peak": "31 CNY/kW/month"}}])
def test_two_feeds_reach_their_maxima_on_different_sides_of_a_change_that_changes_nothing(tmp_path, over, sort):
    rows = pa.concat_tables([peaks("P1", (3, 100_000), (20, 50_000)), peaks("P2", (3, 50_000), (20, 100_000))])
    priced = tariff(demand=[{"id": "maximum", **sort}], calendar=CALENDAR, segments={"demand": over})
    found = [
        rating.run(rows, [priced], MAY, JUN, agreements=made).lines
        for made in whole_and_cut(tmp_path, "[{point: P1}, {point: P2}]", "tariff: t")
    ]
    kind = "demand_flat" if "price" in sort else "demand_tou"
    assert [amounts(lines, "kind")[kind] for lines in found] == [200 * 31] * 2


def test_two_feeds_reach_their_maxima_under_two_prices(tmp_path):
    rows = pa.concat_tables([peaks("P1", (3, 100_000), (20, 50_000)), peaks("P2", (3, 50_000), (20, 100_000))])
    made = documents(tmp_path, "agreement: A\npoints: [{point: P1}, {point: P2}]\nversions: [{tariff: t}]")
    demand = [{"id": "maximum", "price": "31 CNY/kW/month"}]
    found = rating.run(rows, two_versions("t", demand=demand), MAY, JUN, agreements=made).lines
    assert [r["quantity"] for r in found.to_pylist() if r["component"] == "maximum"] == [200, 200]


def test_a_meter_in_series_shares_the_power_factor_also_where_only_the_first_one_s_price_changes(tmp_path):
    made = documents(
        tmp_path,
        """
        agreement: A
        points: [{point: M}, {point: L, behind: M, tariff: light}]
        versions: [{tariff: t}]
        """,
    )
    reactive = metered(MAY, JUN, 7000, point="M", channel="reactive_in")
    rows = pa.concat_tables([use(MAY, JUN, M=10_000, L=1000), reactive])
    known = [*two_versions("t", **WEIGHED), tariff("light", **WEIGHED)]
    found = rating.run(rows, known, MAY, JUN, agreements=made)
    assert not len(found.exceptions)
    # 0.82: 4 % of the light's 372.00
    assert amounts(found.lines.filter(np.array(found.lines["point"].to_pylist()) == "L"), "kind") == {
        "energy": Decimal("372.00"), "power_factor": Decimal("14.88"),
    }  # fmt: skip


def test_one_of_two_meters_without_reactive_readings_leaves_the_power_factor_unknown(tmp_path):
    made = documents(tmp_path, "agreement: A\npoints: [{point: M}, {point: N}]\nversions: [{tariff: t}]")
    reactive = metered(MAY, JUN, 700, point="M", channel="reactive_in")
    rows = pa.concat_tables([use(MAY, JUN, M=1000, N=1000), reactive])
    found = rating.run(rows, [tariff(**WEIGHED)], MAY, JUN, agreements=made)
    assert not len(found.lines)
    assert "reactive" in found.exceptions["what"].to_pylist()[0]


@pytest.mark.parametrize("agreed", ["fixed: 310 kWh/month", "fixed: 310 kWh/month, out-of: flat", "share: 7.3 %"])
def test_energy_agreed_on_is_taken_out_of_the_same_periods_whatever_cuts_the_bill(tmp_path, agreed):
    # The works stood still before the change: by its days alone 140 kWh would be taken out of nothing.
    days = np.arange(np.datetime64(MAY), np.datetime64(JUN))
    values = np.random.default_rng(3).integers(0, 2000, (len(days), 24)).astype(np.int32)
    values[:14] = 0
    rows = from_matrix(["M"] * len(days), days, values)
    points = f"[{{point: M}}, {{point: L, behind: M, tariff: light, {agreed}}}]"
    works = {"calendar": CALENDAR, "energy": {"prices": {"peak": "0.9", "flat": "0.5"}}}
    known = [tariff("t", **works), tariff("light")]
    found = []
    for made in whole_and_cut(tmp_path, points, "tariff: t"):
        run = rating.run(rows, known, MAY, JUN, agreements=made)
        assert not len(run.exceptions)
        found.append(amounts(run.lines, "point", "tou"))
        assert sum(r["quantity"] for r in run.lines.to_pylist()) == Decimal(int(values.sum())) / 1000
    assert found[0] == found[1]


@pytest.mark.parametrize("agreed", ["fixed: 310 kWh/month", "share: 5 %"])
def test_energy_agreed_on_is_billed_where_only_the_meter_s_price_changes(tmp_path, agreed):
    points = f"[{{point: M}}, {{point: L, behind: M, tariff: light, {agreed}}}]"
    made = documents(tmp_path, f"agreement: A\npoints: {points}\nversions: [{{tariff: t}}]")
    found = rating.run(use(MAY, JUN, M=1000), [*two_versions("t"), tariff("light")], MAY, JUN, agreements=made)
    assert not len(found.exceptions)
    assert sum(r["quantity"] for r in found.lines.to_pylist()) == 744


def test_energy_agreed_on_is_no_part_of_what_fills_the_tiers_of_the_meter_before_it(tmp_path):
    points = "[{point: M}, {point: L, behind: M, tariff: light, fixed: 310 kWh/month}]"
    made = documents(tmp_path, f"agreement: A\npoints: {points}\nversions: [{{tariff: t}}]")
    steps = {"over": "year", "pooling": "after-time-of-use", "steps": [{"up-to": "2000 kWh"}, {"add": "1"}]}
    known = [tariff("t", tiers=steps), tariff("light")]
    rows = use(dt.date(2026, 1, 1), JUN, M=1000)
    every = rating.run(rows, known, dt.date(2026, 1, 1), JUN, agreements=made).lines
    may = rating.run(rows, known, MAY, JUN, agreements=made).lines
    of_may = every.filter(np.array(every["period_start"].to_pylist()) == MAY)
    assert amounts(may, "point", "component", "tier") == amounts(of_may, "point", "component", "tier")


def test_a_bill_of_several_parts_is_held_back_whole_also_where_one_of_them_counts_from_the_new_year(tmp_path):
    made = documents(tmp_path, "agreement: A\npoints: [{point: M}, {point: L, tariff: light}]\nversions: [{tariff: t}]")
    steps = {"over": "year", "pooling": "after-time-of-use", "steps": [{"up-to": "1 kWh"}, {"add": "1"}]}
    rows = use(dt.date(2026, 1, 1), JUN, M=1000, L=1000)
    found = rating.run(rows, [tariff("t", **WEIGHED), tariff("light", tiers=steps)], MAY, JUN, agreements=made)
    assert (
        "reactive energy is not known, or of some of its days alone, and the power factor is charged by it"
        in found.exceptions["what"].to_pylist()
    )
    assert not len(found.lines)


def test_a_point_with_a_price_of_its_own_that_is_the_agreement_s_stands_on_the_same_bill(tmp_path):
    made = documents(tmp_path, "agreement: A\npoints: [{point: M}, {point: L, tariff: t}]\nversions: [{tariff: t}]")
    end = dt.date(2026, 7, 1)
    found = rating.run(use(MAY, end, M=1000, L=500), [tariff()], MAY, end, agreements=made)
    assert [(r["period_start"].month, r["line"], r["point"]) for r in found.lines.to_pylist()] == [
        (5, 1, None), (5, 2, "L"), (6, 1, None), (6, 2, "L"),
    ]  # fmt: skip


def test_terms_that_make_no_difference_do_not_part_running_totals_where_a_version_says_the_same_again(tmp_path):
    points = "[{point: P1}]"
    known = [tariff(energy={"price": "0.00136"}), tariff(energy={"price": "0.00136"}, valid_from="2026-05-08")]
    found = [
        amounts(rating.run(use(MAY, JUN, P1=13_857), known, MAY, JUN, agreements=made).lines, "kind")
        for made in whole_and_cut(tmp_path, points, "tariff: t, demand-method: by-actual")
    ]
    other = documents(
        tmp_path,
        f"""
        agreement: A
        points: {points}
        versions:
          - {{tariff: t, demand-method: by-actual}}
          - {{valid_from: 2026-05-15, tariff: t, demand-method: by-capacity}}
          - {{valid_from: 2026-05-17, tariff: t, demand-method: by-contract}}
        """,
    )
    found.append(amounts(rating.run(use(MAY, JUN, P1=13_857), known, MAY, JUN, agreements=other).lines, "kind"))
    assert found == [{"energy": Decimal("14.02")}] * 3


def test_agreements_that_last_some_days_of_different_months_are_billed_for_those_alone(tmp_path):
    made = documents(
        tmp_path,
        """
        - agreement: A
          points: [{point: P1}]
          versions:
            - {tariff: t, customer: Li, valid_from: 2026-06-05, valid_to: 2026-06-09}
            - {tariff: t, customer: Wang, valid_from: 2026-06-10, valid_to: 2026-06-20}
        - agreement: B
          points: [{point: P2}]
          versions:
            - {tariff: t, customer: Li, valid_from: 2026-01-05, valid_to: 2026-01-09}
            - {tariff: t, customer: Wang, valid_from: 2026-01-10, valid_to: 2026-01-20}
        """,
    )
    rows = use("2026-01-01", "2026-07-01", P1=1000, P2=1000)
    found = rating.run(rows, [tariff()], dt.date(2026, 1, 1), dt.date(2026, 7, 1), agreements=made)
    assert sorted((r["agreement"], str(r["segment_start"]), r["quantity"]) for r in found.lines.to_pylist()) == [
        ("A", "2026-06-05", 5 * 24), ("A", "2026-06-10", 11 * 24),
        ("B", "2026-01-05", 5 * 24), ("B", "2026-01-10", 11 * 24),
    ]  # fmt: skip
    assert not len(found.exceptions)


def test_lighting_that_is_agreed_on_is_not_billed_without_the_meter_of_its_agreement(tmp_path):
    made = documents(
        tmp_path,
        """
        - agreement: A
          points: [{point: P1}, {point: L, tariff: light, fixed: 100 kWh/month}]
          versions: [{tariff: t}]
        - {agreement: B, points: [{point: P2}], versions: [{tariff: t}]}
        """,
    )
    found = rating.run(use(MAY, JUN, P2=1000), [tariff(), tariff("light")], MAY, JUN, agreements=made)
    assert set(found.lines["agreement"].to_pylist()) == {"B"}
    assert {(e["agreement"], e["what"]) for e in found.exceptions.to_pylist()} == {
        ("A", "no readings"), ("A", "a meter without readings")
    }  # fmt: skip
