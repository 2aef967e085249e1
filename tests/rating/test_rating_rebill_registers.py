"""Re-bills of what Chinese settlement rests on: registers, transformers, contracts, options, allowances."""

import datetime as dt
import functools
from dataclasses import replace
from decimal import Decimal

import pytest
from agreed import documents, tariff
from test_rating_rebill import same_as_billed_once
from test_rating_registers import lake_of, row

from wattloop.library import rating
from wattloop.library.tariffs.compiled import Segments

__all__ = ["lake_of"]
MAY, JUN, JUL = dt.date(2026, 5, 1), dt.date(2026, 6, 1), dt.date(2026, 7, 1)
FACTOR = {"power-factor": {"standard": "0.90", "base": ["demand", "energy"]}}
PLAIN = """
agreement: A
points: [{point: M}]
versions: [{tariff: t, capacity: 630 kVA, contract: 200 kW, demand-method: by-capacity, market: direct}]
"""
PARTS = {"delivery": {"price": "0.5"}, "loan": {"price": "0.02", "kind": "surcharge"}}


def shared_by_days(made):
    return replace(made, segments=Segments("by-days"))


TRIED = shared_by_days(
    tariff(
        energy={"components": PARTS},
        demand={"by-capacity": {"price": 22}, "by-contract": {"price": 35}},
        tiers={
            "over": "year",
            "pooling": "after-time-of-use",
            "steps": [{"up-to": "300 kWh"}, {"add": "0.1"}],
            "allowances": {"low-income": {"free": "15 kWh per month"}},
        },
        options=[{"when": {"market": "agency-purchase"}, "without": ["loan"]}],
    )
)


def test_V04_reactive_energy_read_too_low_is_billed_again_and_540_are_due(lake_of, tmp_path):
    """40,000 kWh and 30,000 kvarh are 0.80 and 5 %: 12,600; with 39,670 kvarh 0.71 and 9.5 %: 13,140."""
    known = [tariff(energy={"price": "0.30"}, **FACTOR)]
    lake = lake_of(row("active_in", 0, 40_000), row("reactive_in", 0, 30_000))
    first = rating.book(tmp_path / "b", lake, known, MAY, JUN)
    billed = rating.Booked(tmp_path / "b").lines()
    assert (first.bills, sum(billed["amount"].to_pylist())) == (1, Decimal("12600.00"))
    lake_of(row("reactive_in", 0, 39_670), name="corrected.csv")
    found = rating.rebill(tmp_path / "b", lake, known)
    assert (found.causes, found.rated) == ({"readings": 1}, 1)
    assert {r["corrects"] for r in found.lines.to_pylist()} == {"M@2026-05-01..2026-05-31#0"}
    assert {(r["kind"], r["price"], r["amount"]) for r in found.lines.to_pylist()} == {
        ("power_factor", Decimal("0.05"), Decimal("-600.00")),
        ("power_factor", Decimal("0.095"), Decimal("1140.00")),
    }
    (bill,) = found.bills().to_pylist()
    assert (bill["amount"], bill["corrects"]) == (Decimal("540.00"), "M@2026-05-01..2026-05-31#0")
    same_as_billed_once(tmp_path / "b", lake, known, MAY, JUN)
    assert rating.rebill(tmp_path / "b", lake, known).rated == 0


def test_a_register_read_late_is_a_bill_that_was_not_there(lake_of, tmp_path):
    lake = lake_of(row("active_in", 0, 100))
    rating.book(tmp_path / "b", lake, [tariff()], MAY, JUN)
    lake_of(row("active_in", 0, 300, point="N"), name="late.csv")
    lake_of(row("active_in", 100, 900, start=JUN, end=JUL), name="june.csv")
    found = rating.rebill(tmp_path / "b", lake, [tariff()])
    assert [(r["agreement"], r["amount"], r["corrects"]) for r in found.lines.to_pylist()] == [("N", 150, None)]
    same_as_billed_once(tmp_path / "b", lake, [tariff()], MAY, JUN)


def test_a_meter_exchanged_later_than_it_was_said_moves_the_bills_it_touches_alone(lake_of, tmp_path):
    day = "2026-05-12"
    lake = lake_of(
        row("active_in", 0, 100, end=day),
        row("active_in", 0, 50, meter="2", start=day),
        row("active_in", 5, 9, point="N"),
    )
    rating.book(tmp_path / "b", lake, [tariff()], MAY, JUN)
    lake_of(row("active_in", 0, 70, meter="2", start=day), name="corrected.csv")
    found = rating.rebill(tmp_path / "b", lake, [tariff()])
    assert [(r["agreement"], r["quantity"], r["amount"]) for r in found.lines.to_pylist()] == [("M", 20, 10)]
    same_as_billed_once(tmp_path / "b", lake, [tariff()], MAY, JUN)


CHANGES = {
    "the contract demand": ("demand-method: by-capacity", "demand-method: by-contract"),
    "the capacity": ("capacity: 630 kVA", "capacity: 800 kVA"),
    "an option": ("market: direct", "market: agency-purchase"),
    "an allowance": ("market: direct", "market: direct, allowances: {low-income: 2026-05-07}"),
    "transformers": ("capacity: 630 kVA, contract", "contract"),
    "a point": ("{point: M}", "{point: M}, {point: L, tariff: t, fixed: 100 kWh/month}"),
}
OWNED = """
transformers: [{id: T1, capacity: 500 kVA}, {id: T2, capacity: 300 kVA, states: [{from: 2026-05-11, is: running}]}]
""".lstrip()


@pytest.mark.parametrize("what", CHANGES)
def test_terms_that_change_are_found_by_their_fingerprint_and_billed_as_once(lake_of, tmp_path, what):
    lake = lake_of(row("active_in", 0, 15_000), row("demand", "", 180), row("active_in", 0, 7, point="N"))
    other = PLAIN.replace("agreement: A", "agreement: B").replace("point: M", "point: N")
    after = PLAIN.replace(*CHANGES[what]) + (OWNED if what == "transformers" else "")

    def both(text):
        return documents(tmp_path, "".join("- " + t.strip().replace("\n", "\n  ") + "\n" for t in (text, other)))

    rating.book(tmp_path / "b", lake, [TRIED], MAY, JUN, agreements=both(PLAIN))
    assert rating.rebill(tmp_path / "b", lake, [TRIED], agreements=both(PLAIN)).rated == 0
    found = rating.rebill(tmp_path / "b", lake, [TRIED], agreements=both(after))
    assert (found.causes, found.rated) == ({"terms": 1}, 1)
    assert set(found.lines["agreement"].to_pylist()) == {"A"}
    same_as_billed_once(tmp_path / "b", lake, [TRIED], MAY, JUN, agreements=both(after))
    assert rating.rebill(tmp_path / "b", lake, [TRIED], agreements=both(after)).rated == 0


def owned_in(tmp_path, *states, more=""):
    listed = ", ".join(f"{{from: {day}, is: {state}}}" for day, state in states)
    return documents(
        tmp_path,
        f"""
        - agreement: A
          points: [{{point: M}}]
          transformers: [{{id: T1, capacity: 500 kVA}}, {{id: T2, capacity: 630 kVA, states: [{listed}]}}]
          versions: [{{tariff: t}}]
        {more}
        """,
    )


def test_transformers_that_stay_as_they_are_touch_nobody_and_a_seal_inside_the_month_is_re_billed(lake_of, tmp_path):
    lake = lake_of(row("active_in", 0, 150), row("active_in", 150, 200, start=JUN, end=JUL))
    known = [shared_by_days(tariff(demand={"by-capacity": {"price": 30}}))]
    owned, runs = functools.partial(owned_in, tmp_path), ("2024-01-01", "running")
    rating.book(tmp_path / "b", lake, known, JUN, JUL, agreements=owned(runs))
    assert rating.rebill(tmp_path / "b", lake, known, agreements=owned(runs)).causes == {}
    sealed = owned(runs, ("2026-06-11", "sealed"))
    found = rating.rebill(tmp_path / "b", lake, known, agreements=sealed)
    assert found.causes == {"terms": 1}
    (bill,) = found.bills().to_pylist()
    assert bill["amount"] == -630 * 20  # 20 days of 30 at 30 yuan per kVA
    same_as_billed_once(tmp_path / "b", lake, known, JUN, JUL, agreements=sealed)


def test_what_becomes_of_transformers_after_the_month_touches_nobody_unless_it_ends_a_suspension_of_its_days(
    lake_of, tmp_path
):
    """630 kVA are sealed from 21 May on: free, unless within 15 days. 11 days of 31 at 30 per kVA are 6,706.45."""
    lake = lake_of(row("active_in", 0, 150))
    short = {"shorter-than": "15 days", "charged": "full"}
    known = [shared_by_days(tariff(demand={"by-capacity": {"price": 30}, "suspension": short}))]
    owned = functools.partial(owned_in, tmp_path)
    seal = (("2024-01-01", "running"), ("2026-05-21", "sealed"))
    rating.book(tmp_path / "b", lake, known, MAY, JUN, agreements=owned(*seal, ("2026-07-03", "running")))
    ends = (("2026-07-03", "running"), ("2026-08-01", "sealed"))
    new = "- {agreement: B, points: [{point: N}], versions: [{tariff: t, capacity: 9 kVA, valid_from: 2026-06-01}]}"
    later = owned(*seal, *ends, more=new)
    assert rating.rebill(tmp_path / "b", lake, known, agreements=later).causes == {}
    ended = owned(*seal, ("2026-06-03", "running"))
    found = rating.rebill(tmp_path / "b", lake, known, agreements=ended)
    assert (found.causes, found.bills()["amount"].to_pylist()) == ({"terms": 1}, [Decimal("6706.45")])
    same_as_billed_once(tmp_path / "b", lake, known, MAY, JUN, agreements=ended)


def test_a_bill_that_begins_on_another_day_and_is_held_back_now_stays_as_booked(lake_of, tmp_path):
    lake = lake_of(row("active_in", 0, 100))
    plain = PLAIN.strip()
    rating.book(tmp_path / "b", lake, [TRIED], MAY, JUN, agreements=documents(tmp_path, plain))
    less = plain.replace("capacity: 630 kVA", "valid_from: 2026-05-05")
    found = rating.rebill(tmp_path / "b", lake, [TRIED], agreements=documents(tmp_path, less))
    assert found.causes == {"terms": 1}
    assert not len(found.lines)
    assert [(e["agreement"], e["period_start"]) for e in found.held.to_pylist()][:1] == [("A", dt.date(2026, 5, 5))]


def test_the_first_allowance_of_a_population_touches_only_those_who_have_it(lake_of, tmp_path):
    lake = lake_of(row("active_in", 0, 100), row("active_in", 0, 100, point="N"))
    texts = [
        f"- {{agreement: {name}, points: [{{point: {point}}}],"
        " versions: [{tariff: t, demand-method: by-capacity, capacity: 10 kVA}]}\n"
        for name, point in (("A", "M"), ("B", "N"))
    ]
    rating.book(tmp_path / "b", lake, [TRIED], MAY, JUN, agreements=documents(tmp_path, "".join(texts)))
    later = texts[0].replace("10 kVA", "10 kVA, allowances: {low-income: 2026-06-01}")
    announced = documents(tmp_path, later + texts[1])
    assert rating.rebill(tmp_path / "b", lake, [TRIED], agreements=announced).causes == {}
    granted = documents(tmp_path, later.replace("06-01", "05-20") + texts[1])
    found = rating.rebill(tmp_path / "b", lake, [TRIED], agreements=granted)
    assert (found.causes, found.rated) == ({"terms": 1}, 1)
    same_as_billed_once(tmp_path / "b", lake, [TRIED], MAY, JUN, agreements=granted)
