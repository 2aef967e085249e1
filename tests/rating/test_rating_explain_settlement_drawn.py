"""Chinese settlement in all its charges, drawn at random: agreements of several points, transformers, contracts,
allowances, registers. Every bill is explained, every formula true, every file verifies."""

import datetime as dt
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from agreed import documents, tariff
from held import is_held_back
from hypothesis import event, given
from hypothesis import strategies as st
from test_rating_explain_drawn import check, few

from wattloop.library import rating
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused

APR, MAY, JUN = (dt.date(2026, month, 1) for month in (4, 5, 6))
CALENDAR = {
    "zone": "Asia/Shanghai",
    "periods": {"peak": "峰", "flat": "平", "valley": "谷"},
    "days": [{"when": "always", "peak": "08:00-12:00", "valley": "00:00-06:00", "rest": "flat"}],
}
COMPONENTS = {
    "power": {"price": "0.45", "floats": "true"},
    "loan": {"price": "0.00196875", "kind": "surcharge"},
}
RATIOS = {"peak": "1.5", "flat": 1, "valley": "0.5"}
METHODS = ("by-capacity", "by-contract", "by-actual")
LIGHT = tariff("light", energy={"price": "0.7013"})
seeds = st.integers(0, 2**32 - 1)
days = st.dates(dt.date(2026, 4, 2), dt.date(2026, 5, 30))


@st.composite
def works(draw):
    """An industrial tariff: ways of charging, the power factor, funds, VAT."""
    floor = draw(st.sampled_from([{}, {"floor": "40 % of capacity"}]))
    over = draw(
        st.sampled_from(["contract-plus-double-excess", "over-limit-plus-double-excess", "double-above-contract"])
    )
    demand = {
        "by-capacity": {"price": "23.37"},
        "by-contract": {"price": "40.8", "over-rule": over, **floor},
        "by-actual": {"price": "38.41", **floor},
        "proration": draw(st.sampled_from(["calendar-days", "thirtieths"])),
    }
    if draw(st.booleans()):
        each = draw(st.sampled_from(["1", "10", "260"]))
        demand["intensive-use"] = {
            "when": f"energy >= {each} kWh per kVA", "price-factor": "0.9", "applies-to": ["by-contract", "by-actual"]
        }  # fmt: skip
    factor = {"standard": draw(st.sampled_from(["0.90", "0.85", "0.80"])), "base": ["demand", "energy"]}
    if draw(st.booleans()):
        factor["penalty-only"] = "true"
    spans = {name: draw(st.sampled_from(["bill", "segment"])) for name in ("demand", "power-factor")}
    return tariff(
        "works",
        calendar=CALENDAR,
        energy={"components": COMPONENTS, "ratios": RATIOS},
        demand=demand,
        segments=spans,
        tax={"name": "vat", "rate": "13 %", "included": draw(st.sampled_from(["true", "false"]))},
        rounding={"energy": draw(st.sampled_from(["1 kWh", "0.001 kWh"])), "money": "0.01", "half": "up"},
        **{"power-factor": factor},
    )


@st.composite
def agreement(draw):
    """A works of one or two feeds, perhaps with lighting of its own price, with transformers and dated terms."""
    points = ["{point: P1}"]
    if draw(st.booleans()):
        points.append("{point: P2}")
    points += draw(
        st.sampled_from(
            [[], ["{point: L, behind: P1, tariff: light}"],
             ["{point: L, behind: P1, tariff: light, fixed: 2 kWh/month, out-of: flat}"]]
        )
    )  # fmt: skip
    owned, capacity = "", ", capacity: 99.5 kVA"
    if draw(st.booleans()):
        turns = sorted(draw(st.lists(days, max_size=2, unique=True)))
        states = [("2024-01-01", "running"), *zip(turns, ("sealed", "running"), strict=False)]
        listed = ", ".join(f"{{from: {day}, is: {state}}}" for day, state in states)
        owned = f"transformers: [{{id: T1, capacity: 63 kVA}}, {{id: T2, capacity: 50 kVA, states: [{listed}]}}]\n"
        capacity = ""
    since = [dt.date(2024, 1, 1), *sorted(draw(st.lists(days, max_size=2, unique=True)))]
    versions = [
        f"{{valid_from: {day}, tariff: works, demand-method: {draw(st.sampled_from(METHODS))}, customer: c{number},"
        f" contract: {draw(st.sampled_from([1, 20, 33.3]))} kW{capacity}}}"
        for number, day in enumerate(since)
    ]
    return f'agreement: "0102"\npoints: [{", ".join(points)}]\n{owned}versions: [{", ".join(versions)}]\n'


def counted(seed, largest):
    """Hourly readings of all points, active and reactive, in April and May."""
    rng, days = np.random.default_rng(seed), np.arange("2026-04-01", "2026-06-01", dtype="datetime64[D]")
    tables = []
    for point, share in (("P1", 1), ("P2", 3), ("L", 40)):
        for channel, part in (("active_in", 1), ("reactive_in", 1), ("reactive_out", 6)):
            values = rng.integers(0, largest // share // part + 1, (len(days), 24)).astype(np.int32)
            if point == "L":
                values //= 2  # never more than the meter before it
            tables.append(from_matrix([point] * len(days), days, values, channel=channel))
    return pa.concat_tables(tables)


def explained(readings, known, made, name, bill, start=APR, end=JUN):
    """The bills of an agreement, equal to the run's lines; None where some bill is held back."""
    try:
        run = rating.run(readings, known, start, end, agreements=made, bill=bill)
    except Refused as refused:
        event(f"refused: {refused.what[:50]}")
        return None
    ask = partial(rating.explain, readings, known, start, end, agreement=name, agreements=made, bill=bill)
    if is_held_back(run, name, ask):
        return None
    bills = ask()
    lines = sorted(run.lines.to_pylist(), key=lambda row: (row["period_start"], row["line"]))
    assert [(one.start, line.number, line.point, line.amount) for one in bills for line in one.lines] == [
        (r["period_start"], r["line"], r["point"], r["amount"]) for r in lines
    ]
    return bills


@few
@given(works(), agreement(), seeds, st.sampled_from([300, 60_000]), st.sampled_from(["month", "span"]))
def test_a_works_of_every_kind_is_explained_and_verifies(made, text, seed, largest, bill):
    with tempfile.TemporaryDirectory() as folder:
        who = documents(Path(folder), text)
    bills = explained(counted(seed, largest), [made, LIGHT], who, "0102", bill)
    if bills is not None:
        check(bills)
        for one in bills:
            assert any("power" in leg for leg in one.measured)


STEPS = [{"up-to": "276 kWh"}, {"up-to": "480 kWh", "add": "0.05"}, {"add": "0.30"}]
ALLOWANCES = {
    "large-household": {"add-to-first": "10 kWh per remaining month"},
    "low-income": {"free": "15 kWh per month"},
}
grants = st.fixed_dictionaries({}, optional={name: st.dates(dt.date(2026, 1, 1), JUN) for name in ALLOWANCES})


@few
@given(grants, st.lists(days, max_size=2, unique=True), seeds, st.sampled_from([100, 900, 3000]))
def test_a_household_with_allowances_is_explained_and_verifies(granted, cuts, seed, largest):
    home = tariff(
        "home",
        calendar=CALENDAR,
        energy={"prices": {"peak": "0.617", "flat": "0.5", "valley": "0.307"}},
        tiers={"over": "year", "pooling": "after-time-of-use", "steps": STEPS, "allowances": ALLOWANCES},
    )
    first = np.arange("2026-01-01", "2026-06-01", dtype="datetime64[D]")
    values = np.random.default_rng(seed).integers(0, largest, (len(first), 24)).astype(np.int32)
    values[90:120] //= 20  # little in April, so that what was charged before may be given back
    since = [dt.date(2025, 1, 1), *sorted(cuts)]
    table = pa.table(
        {"agreement": ["H"] * len(since), "point": ["P1"] * len(since), "tariff": ["home"] * len(since),
         "valid-from": since, "customer": [str(n) for n in range(len(since))]}
        | {f"allowance-{name}": [day] * len(since) for name, day in granted.items()}
    )  # fmt: skip
    bills = explained(from_matrix(["P1"] * len(first), first, values), [home], table, "H", "month")
    assert bills is not None
    check(bills)
