"""After any sequence of corrections, what is booked is what billing once with the final data gives."""

import datetime as dt
import tempfile
from pathlib import Path
from unittest import mock

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_rating_rebill import APR, FEB, JAN, MAR, TWO_PRICES, YEARLY, agreements, sums, take, tariff, use

from wattloop.library import rating, readings
from wattloop.library.lake.folding import fold
from wattloop.library.rating.measuring import few_readings

POINTS = ("P1", "P2", "P3", "P4")
DEMAND = {"demand": [{"id": "peak", "price": "3.5"}]}
RULES = [
    {},
    {"energy": {"price": "0.61"}},
    TWO_PRICES,
    YEARLY,
    TWO_PRICES | YEARLY,
    DEMAND | {"minimum": [{"id": "least", "price": "999.99 CNY/year"}]},
    {"minimum": [{"id": "least", "price": "400 CNY/month"}], "rounding": {"energy": "1 kWh"}},
    {"tiers": {"over": "month", "pooling": "in-time-order", "steps": [{"up-to": "300 kWh"}, {"add": "0.1"}]}},
    {"tax": [{"name": "vat", "rate": "13 %", "included": "false"}], "calendar": {"zone": "Europe/Zurich"}},
]

day = st.integers(0, 119).map(lambda n: JAN + dt.timedelta(days=n))
reading = st.tuples(
    st.just("readings"), st.lists(st.sampled_from(POINTS), min_size=1, unique=True), day, st.integers(1, 40),
    st.integers(0, 90),
)  # fmt: skip
rules = st.tuples(st.just("tariff"), st.sampled_from("tu"), st.sampled_from(RULES))
version = st.tuples(st.sampled_from("tu"), st.sampled_from([None, FEB, dt.date(2026, 2, 11), MAR, APR]))
terms = st.tuples(
    st.just("terms"),
    st.sampled_from(POINTS),
    st.lists(version, max_size=2, unique_by=lambda v: v[1]),
    st.sampled_from(["A", "B"]),
)
spans = st.sampled_from([(JAN, APR), (FEB, MAR), (FEB, APR)])
step = st.one_of(reading, rules, terms, st.tuples(st.just("fold")), st.tuples(st.just("rebill")))


def table(held):
    """Agreements: each point's versions, under a number that may change hands."""
    rows, since = [], []
    for point, (name, versions) in held.items():
        for of, start in versions:
            rows.append((f"{name}-{point}", point, of))
            since.append(start)
    return agreements(*rows, **{"valid-from": pa.array(since, pa.date32())})


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(step, max_size=6), spans, st.booleans(), st.sampled_from([0, 100_000]))
def test_what_is_booked_is_always_what_billing_once_with_the_final_data_gives(steps, span, named, few):
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(few_readings, "HELD", few):
        lake = readings.open_lake(Path(folder) / "lake", "Asia/Shanghai")
        take(lake, use("P1", "P2", "P3", end=dt.date(2026, 3, 20)), "first")
        known = {"t": tariff("t"), "u": tariff("u", **YEARLY)}
        held = {"P1": ("A", [("t", None)]), "P2": ("A", [("u", None)]), "P3": ("A", [("t", None), ("u", MAR)])}

        def asked():
            return ([*known.values()], {"agreements": table(held)}) if named else ([known["t"]], {})

        booked = Path(folder) / "booked"
        tariffs, who = asked()
        rating.book(booked, lake, tariffs, *span, **who)
        for number, (what, *told) in enumerate([*steps, ("rebill",)]):
            if what == "readings":
                points, start, days, kwh = told
                rows = use(*points, start=start, end=start + dt.timedelta(days=days), kwh=kwh)
                take(lake, rows, f"file {number}")
            elif what == "tariff":
                known[told[0]] = tariff(told[0], **told[1])
            elif what == "terms":
                held[told[0]] = told[2], told[1] if told[1] else []
            elif what == "fold":
                fold(lake, "2026-02")
            elif what == "rebill":
                tariffs, who = asked()
                before = rating.run(lake, tariffs, *span, **who)
                found = rating.rebill(booked, lake, tariffs, **who)
                assert sums(rating.Booked(booked).lines()) == sums(before.lines)
                again = rating.rebill(booked, lake, tariffs, **who)
                assert (len(again.lines), again.run) == (0, None)
                assert not len(found.held)
