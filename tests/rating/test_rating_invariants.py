"""What must hold of every bill, whatever the readings and the tariff, against a plain reference."""

import datetime as dt
import itertools
from decimal import Decimal
from unittest import mock

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.rating.measuring import intervals as measuring

START = dt.date(2026, 3, 28)  # the clock goes forward in Zurich on the 29th
DAYS = 8
END = START + dt.timedelta(days=DAYS)
PERIODS = ("p", "q", "r")

quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def use(draw):
    """A few points with every day of the span, any shape, some with nothing."""
    points = draw(st.integers(1, 3))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    values = rng.integers(0, draw(st.sampled_from([1, 50, 3_000, 2_000_000])) + 1, (points * DAYS, 24)).astype(np.int32)
    values[rng.random(values.shape) < draw(st.sampled_from([0, 0.5, 0.99]))] = 0
    names = np.repeat([f"P{i}" for i in range(points)], DAYS).tolist()
    days = np.tile(np.arange(np.datetime64(START), np.datetime64(END)), points)
    return from_matrix(names, days, values)


@st.composite
def tariff(draw, pooling=None, over="month", tiers=True, zone=None):
    """Two day types cut at hours drawn; prices, bounds and pooling drawn."""

    def hours():
        cuts = sorted(draw(st.lists(st.integers(1, 23), min_size=2, max_size=5, unique=True)))
        bounds = [0, *cuts, 24]
        spans = {}
        for at, (lo, hi) in enumerate(itertools.pairwise(bounds)):
            spans.setdefault(PERIODS[at % 3], []).append(f"{lo:02d}:00-{hi:02d}:00")
        return spans

    price = st.integers(0, 99_999).map(lambda n: f"{n / 10**5:.5f}")
    calendar = {
        "periods": {p: p for p in PERIODS},
        "days": [{"when": "weekend", **hours()}, {"when": "always", **hours()}],
    }
    if zone:
        calendar["zone"] = zone
    plain = {
        "id": "t",
        "name": "t",
        "valid_from": "2020-01-01",
        "currency": "EUR",
        "calendar": calendar,
        "energy": {"prices": {p: draw(price) for p in PERIODS}},
    }
    if tiers:
        bounds = sorted(draw(st.lists(st.integers(1, 4_000), min_size=1, max_size=3, unique=True)))
        steps = [{"up-to": f"{b} kWh", "prices": {p: draw(price) for p in PERIODS}} for b in bounds]
        steps.append({"prices": {p: draw(price) for p in PERIODS}})
        plain["tiers"] = {
            "over": over,
            "pooling": pooling or draw(st.sampled_from(["pro-rata", "in-time-order", "ladder-per-period"])),
            "steps": steps,
        }
    return tariffs.from_plain(plain)


def billed(lines, kind="energy"):
    found = {}
    for row in lines.to_pylist():
        if row["kind"] == kind:
            key = row["agreement"], row["tou"]
            found[key] = found.get(key, Decimal(0)) + row["quantity"]
    return found


def reference(rows, t):
    """kWh per point and period, hour by hour in plain Python, where the tariff keeps the readings' own clock."""
    found = {}
    calendar = t.calendar
    for row in rows.to_pylist():
        pattern = calendar.patterns[calendar.pattern_of_day[(row["day"] - calendar.first_day).days]]
        for hour in range(24):
            key = row["point"], calendar.periods[pattern[hour * 12]]
            found[key] = found.get(key, Decimal(0)) + Decimal(row[f"v{hour:02d}"]) / 1000
    return found


@quick
@given(use(), tariff())
def test_energy_is_conserved_over_periods_and_tiers(rows, t):
    found, wanted = billed(rating.rate(rows, t, START, END)), reference(rows, t)
    assert {k: v for k, v in found.items() if v} == {k: v for k, v in wanted.items() if v}


@quick
@given(use(), tariff(over="year"))
def test_energy_is_conserved_where_tiers_run_over_the_year(rows, t):
    found, wanted = billed(rating.rate(rows, t, START, END)), reference(rows, t)
    assert {k: v for k, v in found.items() if v} == {k: v for k, v in wanted.items() if v}


@quick
@given(use(), tariff())
def test_lines_add_up_and_amounts_are_the_rounded_products(rows, t):
    for row in rating.rate(rows, t, START, END).to_pylist():
        assert row["amount"] == (row["quantity"] * row["price"]).quantize(Decimal("0.01"), "ROUND_HALF_UP")


@quick
@given(use(), tariff(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows, t, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    one = rating.rate(rows, t, START, END).to_pylist()
    two = rating.rate(rows.take(pa.array(order)), t, START, END).to_pylist()
    assert one == two


@quick
@given(use(), tariff(tiers=False, zone="Europe/Zurich"), st.integers(1, DAYS - 1))
def test_two_parts_of_a_span_use_what_the_whole_uses(rows, t, days):
    middle = START + dt.timedelta(days=days)
    whole = billed(rating.rate(rows, t, START, END, bill="span"))
    parts = [billed(rating.rate(rows, t, *span, bill="span")) for span in ((START, middle), (middle, END))]
    assert {k: parts[0].get(k, 0) + parts[1].get(k, 0) for k in whole} == whole


@quick
@given(use(), tariff(pooling="in-time-order"))
def test_tiers_in_time_order_fill_as_a_meter_would(rows, t):
    wanted = {}
    bounds = [b for b in t.tiers.bounds[0][0] if b is not None]
    periods = {}
    for row in sorted(rows.to_pylist(), key=lambda r: (r["point"], r["day"])):
        month = row["day"].replace(day=1)
        used = periods.setdefault((row["point"], month), 0)
        days = (dt.date(2026, 4, 1) - START).days if month.month == 3 else (END - dt.date(2026, 4, 1)).days
        length = 31 if month.month == 3 else 30
        tops = [(2 * b * days + length) // (2 * length) for b in bounds]
        pattern = t.calendar.patterns[t.calendar.pattern_of_day[(row["day"] - t.calendar.first_day).days]]
        for hour in range(24):
            left = row[f"v{hour:02d}"]
            while left:
                tier = sum(used >= top for top in tops)
                take = min(left, tops[tier] - used) if tier < len(tops) else left
                key = row["point"], month, tier + 1, t.calendar.periods[pattern[hour * 12]]
                wanted[key] = wanted.get(key, 0) + take
                used, left = used + take, left - take
        periods[row["point"], month] = used
    found = {}
    for row in rating.rate(rows, t, START, END).to_pylist():
        key = row["agreement"], row["period_start"].replace(day=1), row["tier"], row["tou"]
        found[key] = found.get(key, 0) + int(row["quantity"] * 1000)
    assert {k: v for k, v in found.items() if v} == wanted


@quick
@given(use(), st.integers(0, 3), st.sampled_from([0, 2]))
def test_maxima_are_those_of_the_readings_halved_in_every_row_or_compared_in_those_billed(rows, merge_log, from_share):
    block = 60 * 2 ** min(merge_log, 1)
    t = tariffs.from_plain(
        {
            "id": "t",
            "name": "t",
            "valid_from": "2020-01-01",
            "currency": "EUR",
            "energy": {"price": "0"},
            "calendar": {
                "periods": {"a": "a", "b": "b"},
                "days": [
                    {"when": "weekend", "a": "08:00-12:00", "rest": "b"},
                    {"when": "always", "a": "06:00-20:00", "rest": "b"},
                ],
            },
            "demand": [{"id": "tou", "prices": {"a": "1", "b": "2"}, "block": f"{block} min"}],
        }
    )
    wanted = {}
    for row in rows.to_pylist():
        weekend = row["day"].weekday() >= 5
        for hour in range(0, 24, block // 60):
            inside = 8 <= hour < 12 if weekend else 6 <= hour < 20
            watts = (2 * sum(row[f"v{h:02d}"] for h in range(hour, hour + block // 60)) + block // 60) // (
                2 * (block // 60)
            )
            key = row["point"], "a" if inside else "b"
            wanted[key] = max(wanted.get(key, 0), watts)
    with mock.patch.object(measuring, "HALVED_FROM", from_share):
        lines = rating.rate(rows, t, START, END, bill="span")
    found = {
        (r["agreement"], r["tou"]): int(r["quantity"] * 1000) for r in lines.to_pylist() if r["kind"] == "demand_tou"
    }
    assert found == wanted


def test_a_tariff_that_changes_every_five_minutes_beside_one_that_never_does():
    rng = np.random.default_rng(11)
    day = np.arange(np.datetime64("2026-06-01"), np.datetime64("2026-06-03"))
    values = rng.integers(0, 900, (4, 288)).astype(np.int32)
    table = from_matrix(["A", "A", "B", "B"], np.tile(day, 2), values)

    def spans(odd):
        edge = [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 24 * 60 + 5, 5)]
        return [f"{edge[i]}-{edge[i + 1]}" for i in range(odd, 288, 2)]

    def made(name, hours):
        return tariffs.from_plain(
            {
                "id": name,
                "name": name,
                "valid_from": "2020-01-01",
                "currency": "EUR",
                "calendar": {"periods": dict.fromkeys(hours, "x"), "days": [{"when": "always", **hours}]},
                "energy": {"prices": dict.fromkeys(hours, "1")},
                "demand": [{"id": "d", "prices": dict.fromkeys(hours, "1")}],
            }
        )

    known = [made("flicker", {"p": spans(0), "q": spans(1)}), made("still", {"p": ["00:00-24:00"]})]
    agreements = pa.table({"agreement": ["A", "B"], "point": ["A", "B"], "tariff": ["flicker", "still"]})
    found = rating.run(table, known, dt.date(2026, 6, 1), dt.date(2026, 6, 3), agreements=agreements, bill="span").lines
    rows = found.to_pylist()
    used = {(r["agreement"], r["tou"]): int(r["quantity"] * 1000) for r in rows if r["kind"] == "energy"}
    highest = {(r["agreement"], r["tou"]): int(r["quantity"] * 1000) for r in rows if r["kind"] == "demand_tou"}
    assert used == {("A", "p"): values[:2, ::2].sum(), ("A", "q"): values[:2, 1::2].sum(), ("B", "p"): values[2:].sum()}
    assert highest == {
        ("A", "p"): values[:2, ::2].max() * 12,
        ("A", "q"): values[:2, 1::2].max() * 12,
        ("B", "p"): values[2:].max() * 12,
    }
