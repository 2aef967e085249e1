"""A bill is cut where something changes in it; where nothing that is priced changes, it comes to the same."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from agreed import amounts, documents, tariff, use
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library import rating
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)


def rows_of(table, *names):
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


def test_a_price_that_changes_inside_a_month_cuts_the_bill_and_each_piece_has_its_own():
    old = tariff(valid_to="2026-01-20")
    new = tariff(valid_from="2026-01-21", energy={"price": "0.6"})
    lines = rating.rate(use(JAN, FEB, P1=1000), old, JAN, dt.date(2026, 1, 21))
    assert lines.num_rows == 1
    found = rating.run(use(JAN, FEB, P1=1000), [new, old], JAN, FEB).lines
    assert rows_of(found, "line", "segment", "segment_start", "segment_end", "quantity", "price") == [
        (1, 1, JAN, dt.date(2026, 1, 21), 480, Decimal("0.5")),
        (2, 2, dt.date(2026, 1, 21), FEB, 264, Decimal("0.6")),
    ]
    assert set(rows_of(found, "period_start", "period_end")) == {(JAN, FEB)}
    assert found["clause"].to_pylist() == ["t@2020-01-01#energy", "t@2026-01-21#energy"]


def test_versions_that_leave_days_out_are_refused():
    old = tariff(valid_to="2026-01-19")
    new = tariff(valid_from="2026-01-21", energy={"price": "0.6"})
    with pytest.raises(Refused, match="tariff t is in force from 2020-01-01"):
        rating.run(use(JAN, FEB, P1=1000), [old, new], JAN, FEB)
    with pytest.raises(Refused, match="two tariffs are called t"):
        rating.run(use(JAN, FEB, P1=1000), [tariff(valid_to="2026-01-21"), new], JAN, FEB)


def test_a_version_of_the_same_rules_does_not_cut():
    old = tariff(valid_to="2026-01-20")
    new = tariff(valid_from="2026-01-21", source={"document": "a newer print"})
    assert rating.run(use(JAN, FEB, P1=1000), [old, new], JAN, FEB).lines.num_rows == 1


def test_an_agreement_that_changes_its_tariff_is_priced_by_both(tmp_path):
    made = documents(
        tmp_path,
        """
        - agreement: A-1
          points: [{point: P1}]
          versions:
            - {tariff: cheap}
            - {valid_from: 2026-01-11, tariff: dear}
        """,
    )
    known = [tariff("cheap"), tariff("dear", energy={"price": "0.9"})]
    found = rating.run(use(JAN, FEB, P1=1000), known, JAN, FEB, agreements=made)
    assert rows_of(found.lines, "agreement", "line", "segment", "quantity", "amount") == [
        ("A-1", 1, 1, 240, Decimal("120.00")),
        ("A-1", 2, 2, 504, Decimal("453.60")),
    ]
    assert found.bills == 1


def test_owners_that_follow_each_other_are_billed_for_their_own_days(tmp_path):
    made = documents(
        tmp_path,
        """
        - {agreement: OLD, points: [{point: P1}], versions: [{tariff: t, valid_to: 2026-01-10}]}
        - {agreement: NEW, points: [{point: P1}], versions: [{tariff: t, valid_from: 2026-01-11}]}
        """,
    )
    found = rating.run(use(JAN, MAR, P1=1000), [tariff()], JAN, MAR, agreements=made).lines
    assert rows_of(found, "agreement", "period_start", "period_end", "quantity") == [
        ("OLD", JAN, dt.date(2026, 1, 11), 240),
        ("NEW", dt.date(2026, 1, 11), FEB, 504),
        ("NEW", FEB, MAR, 672),
    ]


def test_yearly_tiers_go_on_over_a_change_of_tariff_but_not_over_a_change_of_owner(tmp_path):
    steps = [{"up-to": "800 kWh"}, {"add": "0.1"}]
    tiers = {"over": "year", "pooling": "after-time-of-use", "steps": steps}
    old = tariff(tiers=tiers, valid_to="2026-02-09")
    new = tariff(tiers=tiers, valid_from="2026-02-10", energy={"price": "0.6"})
    found = rating.run(use(JAN, MAR, P1=1000), [old, new], FEB, MAR).lines
    # 744 kWh in January, so 56 are left of the first tier on 1 February.
    tier = [(r["segment"], r["quantity"]) for r in found.to_pylist() if r["tier"] == 2]
    assert tier == [(1, 216 - 56), (2, 672 - 216)]
    made = documents(
        tmp_path,
        """
        - {agreement: NEW, points: [{point: P1}], versions: [{tariff: t, valid_from: 2026-02-01}]}
        """,
    )
    found = rating.run(use(JAN, MAR, P1=1000), [tariff(tiers=tiers)], FEB, MAR, agreements=made).lines
    assert [r["tier"] for r in found.to_pylist() if r["tier"]] == []


@pytest.mark.parametrize(
    ("bound", "terms", "second"),
    [
        # 744 + 672 kWh, then 744 + 17 × 24 in March: 432 of 3,000 are left for the 1,440 of April.
        (3000, "points: [{point: P1}, {point: P2, valid_from: 2026-03-15}], versions: [{tariff: t}]", 1008),
        # 744 kWh in January and in March: 512 of 2,000 are left for the 720 of April.
        (
            2000,
            "points: [{point: P1}], versions: [{tariff: t, valid_to: 2026-01-31}, {tariff: t, valid_from: 2026-03-01}]",
            208,
        ),
    ],
)
@pytest.mark.parametrize("first", [dt.date(2026, 4, 1), JAN])
def test_yearly_tiers_count_the_days_in_force_alone_however_far_back_the_run_begins(
    tmp_path, bound, terms, second, first
):
    tiers = {"over": "year", "pooling": "after-time-of-use", "steps": [{"up-to": f"{bound} kWh"}, {"add": "0.1"}]}
    rows, end = use(JAN, "2026-05-01", P1=1000, P2=1000), dt.date(2026, 5, 1)
    made = documents(tmp_path, f"{{agreement: A, {terms}}}")
    found = rating.run(rows, [tariff(tiers=tiers)], first, end, agreements=made).lines
    assert [
        r["quantity"] for r in found.to_pylist() if r["tier"] == 2 and r["period_start"] == dt.date(2026, 4, 1)
    ] == [second]


RICH = {
    "calendar": {
        "periods": {"day": "day", "night": "night"},
        "days": [{"when": "always", "night": "22:00-06:00", "rest": "day"}],
    },
    "energy": {"prices": {"day": "0.617", "night": "0.307"}},
    "tiers": {
        "over": "month",
        "pooling": "after-time-of-use",
        "steps": [
            {"up-to": "200 kWh"},
            {"up-to": "400 kWh", "add": {"day": "0.06", "night": "0.03"}},
            {"add": {"day": "0.36", "night": "0.18"}},
        ],
    },
    "demand": [{"id": "maximum", "price": "12.3 CNY/kW/month"}],
    "fixed": [{"id": "service", "price": "3.21 CNY/month"}, {"id": "meter", "price": "0.137 CNY/day"}],
    "minimum": [{"price": "300 CNY/month"}],
    "surcharges": [{"id": "levy", "rate": "1.7 %", "of": ["energy"]}],
    "tax": {"vat": "13 %", "included": False},
    "rounding": {"energy": "1 kWh"},
}


@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(st.integers(0, 3_000), min_size=24, max_size=24),
    days=st.lists(st.integers(2, 28), max_size=3, unique=True),
    pooling=st.sampled_from(["after-time-of-use", "pro-rata", "ladder-per-period", "in-time-order"]),
    seed=st.integers(0, 2**16),
)
def test_a_change_that_changes_nothing_changes_no_total(tmp_path_factory, values, days, pooling, seed):
    plain = RICH | {"tiers": RICH["tiers"] | {"pooling": pooling}}
    rng = np.random.default_rng(seed)
    use_of = rng.permutation(np.array(values * 31)).reshape(31, 24).astype(np.int32)
    rows = from_matrix(["P1"] * 31, np.arange(np.datetime64(JAN), np.datetime64(FEB)), use_of)
    edges = ["", *(f"2026-01-{day:02d}" for day in sorted(days))]
    table = {
        "agreement": ["A"] * len(edges),
        "point": ["P1"] * len(edges),
        "tariff": ["t"] * len(edges),
        "valid-from": edges,
        "customer": [f"owner {i}" for i in range(len(edges))],
    }
    whole = rating.rate(rows, tariff(**plain), JAN, FEB)
    cut = rating.run(rows, [tariff(**plain)], JAN, FEB, agreements=pa.table(table)).lines
    assert cut["segment"].to_pylist()[-1] == len(edges)
    assert cut["line"].to_pylist() == list(range(1, len(cut) + 1))
    for keys in (("kind",), ("component", "tou", "tier")):
        found = {key: amount for key, amount in amounts(cut, *keys).items() if amount}
        assert found == {key: amount for key, amount in amounts(whole, *keys).items() if amount}


BERLIN = {"zone": "Europe/Berlin", **RICH["calendar"]}


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    cut=st.integers(2, 30),
    slots=st.sampled_from([24, 96]),
)
def test_each_piece_of_a_bill_is_what_its_days_alone_would_cost(tmp_path_factory, seed, cut, slots):
    # March in Berlin: the clock goes forward on the 29th, and readings stay on standard time.
    start, end, day = dt.date(2026, 3, 1), dt.date(2026, 4, 1), dt.date(2026, 3, cut)
    rng = np.random.default_rng(seed)
    days = np.arange(np.datetime64(start) - 1, np.datetime64(end) + 1)
    rows = from_matrix(["P1"] * len(days), days, rng.integers(0, 2_000, (len(days), slots)).astype(np.int32))
    plain = {key: value for key, value in RICH.items() if key != "tiers"} | {"calendar": BERLIN}
    plain["segments"] = {"demand": "segment"}  # by default both would pay for the whole bill's maximum
    one, two = tariff("one", **plain), tariff("two", **(plain | {"energy": {"prices": {"day": "0.9", "night": "0.1"}}}))
    made = pa.table(
        {"agreement": ["A", "A"], "point": ["P1", "P1"], "tariff": ["one", "two"], "valid-from": ["", str(day)]}
    )
    found = rating.run(rows, [one, two], start, end, agreements=made).lines
    alone = [
        rating.rate(rows, one, start, day, bill="span"),
        rating.rate(rows, two, day, end, bill="span"),
    ]
    names = ("kind", "component", "tou", "tier", "quantity", "price", "amount", "clause")
    assert rows_of(found, *names) == [row for table in alone for row in rows_of(table, *names)]
    assert set(rows_of(found, "period_start", "period_end")) == {(start, end)}


def test_a_thousand_agreements_that_change_on_any_day_keep_every_watt_hour():
    rng = np.random.default_rng(7)
    names = [f"P{i:04d}" for i in range(1000)]
    days = np.arange(np.datetime64(JAN), np.datetime64(MAR))
    values = rng.integers(0, 1_000, (len(names) * len(days), 24)).astype(np.int32)
    rows = from_matrix(np.repeat(names, len(days)).tolist(), np.tile(days, len(names)), values)
    cuts = [f"2026-{1 + i % 2:02d}-{2 + i % 27:02d}" for i in range(len(names))]
    table = {
        "agreement": np.repeat(names, 2).tolist(),
        "point": np.repeat(names, 2).tolist(),
        "tariff": ["one", "two"] * len(names),
        "valid-from": [day for cut in cuts for day in ("", cut)],
    }
    known = [tariff("one"), tariff("two", energy={"price": "0.9"})]
    found = rating.run(rows, known, JAN, MAR, agreements=pa.table(table))
    assert found.bills == 2 * len(names)
    assert not len(found.exceptions)
    assert sum(found.lines["quantity"].to_pylist()) * 1000 == int(values.sum())
    assert set(rows_of(found.lines.filter([q > 0 for q in found.lines["segment"].to_pylist()]), "segment")) == {
        (1,),
        (2,),
    }


def test_an_agreement_that_ends_pauses_or_has_not_begun_is_billed_for_its_days_alone(tmp_path):
    made = documents(
        tmp_path,
        """
        - agreement: PAUSED
          points: [{point: P1}]
          versions: [{tariff: t, valid_to: 2026-01-10}, {tariff: t, valid_from: 2026-01-21}]
        - {agreement: LATER, points: [{point: P2}], versions: [{tariff: t, valid_from: 2026-03-01}]}
        - {agreement: EARLIER, points: [{point: P3}], versions: [{tariff: t, valid_to: 2025-12-31}]}
        """,
    )
    found = rating.run(use(JAN, FEB, P1=1000, P2=1000, P3=1000), [tariff()], JAN, FEB, agreements=made)
    assert rows_of(found.lines, "agreement", "segment", "segment_start", "segment_end", "quantity") == [
        ("PAUSED", 1, JAN, dt.date(2026, 1, 11), 240),
        ("PAUSED", 2, dt.date(2026, 1, 21), FEB, 264),
    ]
