"""Agreements of several points: meters side by side, meters behind meters, energy that is only agreed on."""

import datetime as dt
from decimal import Decimal

import pytest
from agreed import amounts, documents, tariff, use

from wattloop.library import rating
from wattloop.library.quantity.refusal import Refused

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
WORKS, LIGHT = tariff("works"), tariff("light", energy={"price": "0.7"})


def run(folder, points, *more, **watts):
    made = documents(
        folder, f"- {{agreement: A-1, points: [{points}], versions: [{{tariff: works}}]}}\n" + "\n".join(more)
    )
    return rating.run(use(JAN, FEB, **watts), [WORKS, LIGHT], JAN, FEB, agreements=made)


def quantities(found):
    return {(row["point"], row["component"]): row["quantity"] for row in found.lines.to_pylist()}


def test_points_side_by_side_are_added(tmp_path):
    found = run(tmp_path, "{point: M1}, {point: M2}", M1=1000, M2=500)
    assert quantities(found) == {(None, "energy"): 1116}
    assert found.bills == 1
    assert not len(found.exceptions)


def test_a_meter_in_series_with_its_own_price_is_taken_out_of_the_meter_before_it(tmp_path):
    found = run(tmp_path, "{point: M1}, {point: L1, behind: M1, tariff: light}", M1=1000, L1=300)
    assert quantities(found) == {(None, "energy"): Decimal("520.8"), ("L1", "energy"): Decimal("223.2")}
    assert found.lines["line"].to_pylist() == [1, 2]
    assert found.bills == 1


def test_a_meter_in_parallel_with_its_own_price_takes_nothing_out(tmp_path):
    found = run(tmp_path, "{point: M1}, {point: L1, tariff: light}", M1=1000, L1=300)
    assert quantities(found) == {(None, "energy"): 744, ("L1", "energy"): Decimal("223.2")}


def test_a_meter_in_series_without_a_price_only_watches(tmp_path):
    assert quantities(run(tmp_path, "{point: M1}, {point: W1, behind: M1}", M1=1000, W1=300)) == {(None, "energy"): 744}


def test_a_chain_of_meters_each_takes_out_of_the_one_before(tmp_path):
    points = "{point: M1}, {point: L1, behind: M1, tariff: light}, {point: K1, behind: L1, tariff: works}"
    found = run(tmp_path, points, M1=1000, L1=300, K1=100)
    assert quantities(found) == {
        (None, "energy"): Decimal("520.8"),
        ("L1", "energy"): Decimal("148.8"),
        ("K1", "energy"): Decimal("74.4"),
    }


def test_energy_agreed_on_needs_no_meter_and_is_taken_out_of_the_one_before(tmp_path):
    found = run(tmp_path, "{point: M1}, {point: L1, behind: M1, tariff: light, fixed: 200 kWh/month}", M1=1000)
    assert quantities(found) == {(None, "energy"): 544, ("L1", "energy"): 200}
    assert amounts(found.lines, "point") == {None: Decimal("272.00"), "L1": Decimal("140.00")}
    found = run(tmp_path, "{point: M1}, {point: L1, behind: M1, tariff: light, share: 12.5 %}", M1=1000)
    assert quantities(found) == {(None, "energy"): 651, ("L1", "energy"): 93}


def test_shares_behind_one_meter_are_all_of_what_it_counted(tmp_path):
    """Not of what the share before it left, so that their order does not matter."""
    light = "{{point: {}, behind: M1, tariff: light, share: {} %}}"
    points = f"{{{{point: M1}}}}, {light}, {light}"
    for order in (("L1", 30, "L2", 20), ("L2", 20, "L1", 30)):
        found = run(tmp_path, points.format(*order), M1=1000)
        assert quantities(found) == {
            (None, "energy"): 372,
            ("L1", "energy"): Decimal("223.2"),
            ("L2", "energy"): Decimal("148.8"),
        }
    found = run(tmp_path, points.format("L1", 60, "L2", 60), M1=1000)
    assert found.bills == 0
    assert found.exceptions["what"].to_pylist() == ["more is taken out of a meter than it counted"]


def test_more_taken_out_than_the_meter_counted_holds_the_bill_back_and_bills_the_others(tmp_path):
    other = "- {agreement: A-2, points: [{point: M2}], versions: [{tariff: works}]}"
    found = run(tmp_path, "{point: M1}, {point: L1, behind: M1, tariff: light}", other, M1=1000, L1=1300, M2=10)
    assert set(found.lines["agreement"].to_pylist()) == {"A-2"}
    assert [(e["agreement"], e["what"]) for e in found.exceptions.to_pylist()] == [
        ("A-1", "more is taken out of a meter than it counted")
    ]


def test_a_bill_of_which_one_meter_is_silent_is_held_back_rather_than_billed_short(tmp_path):
    every = (
        "{point: M1}, {point: M2}",
        "{point: M1}, {point: M2, behind: M1, tariff: light}",
        "{point: M1}, {point: M2, tariff: light}",
        "{point: M2}, {point: M1, tariff: light}",
    )
    for points in every:
        found = run(tmp_path, points, M1=1000)
        assert not len(found.lines)
        told = {(e["agreement"], e["point"], e["what"]) for e in found.exceptions.to_pylist()}
        assert ("A-1", "M2", "no readings") in told
        assert any(what == "a meter without readings" for _, _, what in told)


def by_period(name, hours):
    days = [{"when": "always", **hours}]
    periods = {period: period for period in (*(key for key in hours if key != "rest"), hours["rest"])}
    return tariff(name, calendar={"periods": periods, "days": days}, energy={"prices": dict.fromkeys(periods, "0.5")})


def test_a_share_that_falls_into_a_period_which_its_tariff_lacks_is_held_back_by_that_name(tmp_path):
    works = by_period("works", {"deep-valley": "12:00-14:00", "peak": "08:00-11:00", "rest": "flat"})
    light = by_period("light", {"peak": "08:00-11:00", "rest": "flat"})
    points = "[{point: M1}, {point: L1, behind: M1, tariff: light, share: 5 %}]"
    made = documents(tmp_path, f"{{agreement: A-1, points: {points}, versions: [{{tariff: works}}]}}")
    found = rating.run(use(JAN, FEB, M1=1000), [works, light], JAN, FEB, agreements=made)
    assert found.exceptions["what"].to_pylist() == [
        "energy that is agreed on falls into a period that its tariff does not have"
    ]
    assert not len(found.lines)


def test_a_point_that_comes_inside_the_month_counts_from_its_day(tmp_path):
    found = run(tmp_path, "{point: M1}, {point: M2, valid_from: 2026-01-11}", M1=1000, M2=1000)
    assert [(r["segment"], r["quantity"]) for r in found.lines.to_pylist()] == [(1, 240), (2, 1008)]
    assert not len(found.exceptions)


def test_two_months_of_an_agreement_with_two_prices_are_two_bills(tmp_path):
    text = "{agreement: A, points: [{point: M}, {point: L, behind: M, tariff: light}], versions: [{tariff: t}]}"
    known = [tariff(), tariff("light", energy={"price": "0.7"})]
    rows = use(JAN, MAR, M=1000, L=100)
    found = rating.run(rows, known, JAN, MAR, agreements=documents(tmp_path, text))
    assert found.bills == 2
    assert [(r["period_start"], r["line"], r["point"]) for r in found.lines.to_pylist()] == [
        (JAN, 1, None), (JAN, 2, "L"), (FEB, 1, None), (FEB, 2, "L"),
    ]  # fmt: skip


def test_what_one_price_lacks_holds_back_every_month_s_bill_with_all_its_parts(tmp_path):
    text = "{agreement: A, points: [{point: M}, {point: L, behind: M, tariff: light}], versions: [{tariff: t}]}"
    known = [tariff(demand={"by-capacity": {"price": 22}}), tariff("light", energy={"price": "0.7"})]
    found = rating.run(use(JAN, MAR, M=1000, L=100), known, JAN, MAR, agreements=documents(tmp_path, text))
    assert not len(found.lines)
    assert [e["period_start"] for e in found.exceptions.to_pylist()] == [JAN, FEB]


WRONG = {
    "A-1 has no point|has no points|at least 1": "- {agreement: A-1, points: [], versions: [{tariff: works}]}",
    "`behined` is not a key that belongs here": (
        "- {agreement: A-1, points: [{point: P, behined: Q}], versions: [{tariff: works}]}"
    ),
    "Q is no other point": "- {agreement: A-1, points: [{point: P, behind: Q}], versions: [{tariff: works}]}",
    "ring": (
        "- {agreement: A-1, points: [{point: R}, {point: P, behind: Q}, {point: Q, behind: P}],"
        " versions: [{tariff: works}]}"
    ),
    "No point is a main one": (
        "- {agreement: A-1, points: [{point: P, behind: Q}, {point: Q, behind: P}], versions: [{tariff: works}]}"
    ),
    "in the order of their dates": (
        "- {agreement: A-1, points: [{point: P}], versions: [{tariff: a, valid_from: 2026-02-01},"
        " {tariff: b, valid_from: 2026-01-01}]}"
    ),
    "overlaps the version before it": (
        "- {agreement: A-1, points: [{point: P}], versions: [{tariff: a, valid_to: 2026-02-01},"
        " {tariff: b, valid_from: 2026-01-01}]}"
    ),
    "Agreement A-1 has no points. Give it the point": "- {agreement: A-1, points: [], versions: [{tariff: a}]}",
    "Agreement A-1 has no versions": "- {agreement: A-1, points: [{point: P}], versions: []}",
    "is no date": "- {agreement: A-1, points: [{point: P}], versions: [{tariff: a, valid_from: 1/2/2026}]}",
    "`630` has no unit": "- {agreement: A-1, points: [{point: P}], versions: [{tariff: a, capacity: 630}]}",
    "kWh is energy, kVA is apparent power": (
        "- {agreement: A-1, points: [{point: P}], versions: [{tariff: a, capacity: 630 kWh}]}"
    ),
    "stands in .* already": (
        "- {agreement: A-1, points: [{point: P}], versions: [{tariff: a}]}\n"
        "- {agreement: A-1, points: [{point: Q}], versions: [{tariff: a}]}"
    ),
    "point P stands in two rows": (
        "- {agreement: A-1, points: [{point: P}], versions: [{tariff: a}]}\n"
        "- {agreement: A-2, points: [{point: P}], versions: [{tariff: a}]}"
    ),
    "A fixed amount is written 2000 kWh/month|a fixed amount": (
        "- {agreement: A-1, points: [{point: P}, {point: L, behind: P, tariff: b, fixed: 2000 kWh}],"
        " versions: [{tariff: a}]}"
    ),
    "needs a tariff": (
        "- {agreement: A-1, points: [{point: P}, {point: L, behind: P, fixed: 2000 kWh/month}],"
        " versions: [{tariff: a}]}"
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_document_that_does_not_hold_together_is_refused_with_file_and_line(tmp_path, said):
    with pytest.raises(Refused, match=said) as caught:
        documents(tmp_path, WRONG[said])
    if "two rows" not in said:
        assert "agreements.yaml:" in str(caught.value)


def test_an_agreement_names_a_tariff_that_is_not_given(tmp_path):
    made = documents(tmp_path, "- {agreement: A-1, points: [{point: P1}], versions: [{tariff: works}]}")
    with pytest.raises(Refused, match="agreement A-1 names the tariff works, which is not given"):
        rating.run(use(JAN, FEB, P1=1), [LIGHT], JAN, FEB, agreements=made)
