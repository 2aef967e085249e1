"""Tariffs, readings and spans of every sort, drawn at random for the reference to work out."""

import datetime as dt
import itertools
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from reference_document import DAY, NAMES

HOLIDAYS = {dt.date(2024, 2, 29), dt.date(2026, 1, 1), dt.date(2026, 3, 30), dt.date(2026, 12, 31)}
OFF = {"months": "Oct-Mar", "days": "days-off"}
SPANS = [
    (dt.date(2026, 3, 1), dt.date(2026, 4, 1)),  # the clock goes forward in Zurich
    (dt.date(2026, 10, 1), dt.date(2026, 11, 1)),  # back in Zurich, forward on Lord Howe
    (dt.date(2026, 3, 15), dt.date(2026, 5, 8)),  # parts of months, and back on Lord Howe
    (dt.date(2024, 2, 1), dt.date(2024, 3, 1)),  # a leap day
    (dt.date(2025, 12, 1), dt.date(2026, 2, 1)),  # across new year
    (dt.date(2026, 5, 9), dt.date(2026, 5, 10)),  # one day
    (dt.date(2026, 1, 1), dt.date(2027, 1, 1)),  # a year
]
ZONES = [None, "Asia/Shanghai", "Europe/Zurich", "Australia/Lord_Howe"]

prices = st.integers(0, 99_999).map(lambda n: f"{n / 10**5:.5f}")
any_price = st.one_of(prices, st.just("0"), st.integers(-9_999, -1).map(lambda n: f"{n / 10**5:.5f}"))


def months(draw):
    low, high = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    return low if low == high else f"{low}-{high}"


@st.composite
def calendars(draw, minutes, zone, *, seasons=True):
    made = {"zone": zone} if zone else {}
    if seasons and draw(st.booleans()):
        months_of = st.sampled_from(["Jun-Sep", "Nov-Feb", ["Jan", "Jul-Aug"], "06-15..09-14", "02-29..03-30"])
        made["seasons"] = {"summer": draw(months_of), "winter": "rest"}
    names = ["peak", "flat", "valley"][: draw(st.integers(1, 3))]
    if names == ["peak"] and draw(st.booleans()):
        return made
    made["periods"] = {name: name for name in names}
    days = [
        {"when": when, **draw(hours(names, minutes))}
        for when in draw(
            st.lists(
                st.sampled_from(["weekend", "holidays", "Mon-Wed", "2026-03-30", "02-28..03-01", OFF]),
                max_size=2,
                unique_by=str,
            )
        )
    ]
    days.append({"when": "always", **draw(hours(names, minutes))})
    if any("holidays" in str(rule["when"]) or "days-off" in str(rule["when"]) for rule in days):
        made["holidays"] = "HOLIDAYS"
    made["days"] = days
    used = {name for rule in days for name in rule if name != "when"}
    made["periods"] = {name: name for name in names if name in used}
    return made


@st.composite
def hours(draw, names, minutes):
    cuts = sorted(draw(st.lists(st.integers(1, 1440 // minutes - 1), max_size=4, unique=True)))
    texts = [f"{m // 60:02d}:{m % 60:02d}" for m in (0, *(cut * minutes for cut in cuts), 1440)]
    found = {}
    for at, (low, high) in enumerate(itertools.pairwise(texts)):
        found.setdefault(names[at % len(names)], []).append(f"{low}-{high}")
    return found


@st.composite
def tariff(draw, minutes=60, zone=None):
    calendar = draw(calendars(minutes, zone))
    periods, seasons = list(calendar.get("periods", {})), list(calendar.get("seasons", {}))

    def tree(leaf, *, by_period=True, by_season=True):
        sort = draw(st.sampled_from(["one", "period", "season", "both"]))
        names = periods if by_period and sort in ("period", "both") else []

        def inner():
            return {name: draw(leaf) for name in names} if names else draw(leaf)

        return {s: inner() for s in seasons} if seasons and by_season and sort in ("season", "both") else inner()

    def priced(value):
        return {"prices" if isinstance(value, dict) else "price": value}

    plain = {
        "id": "t", "name": "t", "valid_from": "2020-01-01",
        "currency": draw(st.sampled_from(["EUR", "EUR", "JPY", "KWD"])),
        "calendar": calendar,
    }  # fmt: skip
    if draw(st.booleans()):
        plain["energy"] = priced(tree(prices))
    else:
        floats = bool(periods) and draw(st.booleans())
        parts = {"delivery": priced(tree(prices)), "funds": {**priced(draw(prices)), "kind": "surcharge"}}
        if floats:
            parts["purchase"] = {"price": draw(prices), "floats": "true"}
            plain["energy"] = {"ratios": {p: draw(st.sampled_from(["0.38", "1", "1.62"])) for p in periods}}
        if draw(st.booleans()):
            parts["energy"] = priced(tree(prices))
        plain["energy"] = {"components": parts, **plain.get("energy", {})}
    if draw(st.booleans()):
        plain["tiers"] = draw(tiers(plain, tree, priced, seasons, periods))
    if draw(st.booleans()):
        plain["demand"] = draw(demand(calendar, periods, seasons, minutes, zone))
    fixed = [
        {"id": "meter", "price": "0.37 CUR/day"}, {"id": "service", "price": "12.35 CUR/month"},
        {"id": "line", "price": "100.01 CUR/year"}, {"id": "june", "price": "60 CUR/year", "in": "Jun"},
        {"id": "cooling", "price": "3.33 CUR/month", "when": months(draw)},
        {"id": "heating", "price": "0.11 CUR/day", "when": months(draw)},
    ]  # fmt: skip
    plain["fixed"] = draw(st.lists(st.sampled_from(fixed), max_size=3, unique_by=lambda one: one["id"]))
    least = [{"id": "least", "price": "40.50 CUR/month"}, {"id": "yearly", "price": "999.99 CUR/year"}]
    counts = draw(st.sampled_from([["energy"], ["fixed", "surcharge"]]))
    least.append({"id": "part", "price": "7 CUR/month", "counts": counts})
    plain["minimum"] = draw(st.lists(st.sampled_from(least), max_size=2, unique_by=lambda one: one["id"]))
    plain["surcharges"] = draw(
        st.lists(
            st.sampled_from(
                [{"id": "fund", "price": "0.00196875"}, {"id": "city", "rate": "3.5 %", "of": ["energy", "demand"]},
                 {"id": "more", "rate": "1.25 %", "of": ["fixed", "surcharge"]}]
            ),
            max_size=2, unique_by=lambda one: one["id"],
        )
    )  # fmt: skip
    plain["adjustments"] = draw(
        st.lists(
            st.sampled_from(
                [{"id": "green", "price": "-0.0013"}, {"id": "discount", "rate": "-2.5 %", "of": ["energy"]},
                 {"id": "again", "rate": "10 %", "of": ["adjustment"]}]
            ),
            max_size=2, unique_by=lambda one: one["id"],
        )
    )  # fmt: skip
    inside = draw(st.sampled_from(["true", "false"]))
    taxes = [
        {"name": "vat", "rate": "13 %", "included": inside},
        {"name": "duty", "rate": "0.5 %", "included": inside, "of": ["energy"]},
    ]
    plain["tax"] = taxes[: draw(st.integers(0, 2))]
    rounding = {}
    if draw(st.booleans()):
        rounding["energy"] = draw(st.sampled_from(["1 kWh", "0.01 kWh", "0.003 kWh"]))
    if draw(st.booleans()):
        rounding["money"] = draw(st.sampled_from(["0.001", "0.1", "1"]))
    rounding["half"] = draw(st.sampled_from(["up", "even"]))
    plain["rounding"] = rounding
    return _in_currency({key: value for key, value in plain.items() if value not in ([], {})}, plain["currency"])


def _in_currency(plain, currency):
    if isinstance(plain, dict):
        return {key: _in_currency(value, currency) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_in_currency(value, currency) for value in plain]
    return plain.replace("CUR", currency) if isinstance(plain, str) else plain


@st.composite
def tiers(draw, plain, tree, priced, seasons, periods):
    pooling = draw(st.sampled_from(["pro-rata", "in-time-order", "ladder-per-period", "after-time-of-use"]))
    over = draw(st.sampled_from(["month", "year", *(["season"] if seasons else [])]))
    count = draw(st.integers(1, 3))
    largest = draw(st.sampled_from([30, 900, 20_000]))
    daily = " per day" if over == "month" and draw(st.booleans()) else ""

    def bounds():
        return sorted(draw(st.lists(st.integers(1, largest), min_size=count, max_size=count, unique=True)))

    by = draw(st.sampled_from(["one", "season", "period"]))
    names = {"one": [], "season": seasons, "period": periods if pooling != "in-time-order" else []}[by]
    found = {name: bounds() for name in names} if names else bounds()
    steps = []
    for at in range(count):
        text = {n: f"{b[at]} kWh{daily}" for n, b in found.items()} if names else f"{found[at]} kWh{daily}"
        steps.append({"up-to": text})
    steps.append({})
    components = plain["energy"].get("components")
    for step in steps[draw(st.integers(0, 1)) :]:
        sort = draw(st.sampled_from(["add", "replace", "nothing"]))
        if sort == "add":
            step["add"] = tree(any_price)
        elif sort == "replace" and pooling != "after-time-of-use":
            if components is None:
                step.update(priced(tree(prices)))
            else:
                step["components"] = {draw(st.sampled_from(list(components))): tree(prices)}
    return {"over": over, "pooling": pooling, "steps": steps}


@st.composite
def demand(draw, calendar, periods, seasons, minutes, zone):
    blocks = [f"{minutes} min"] + ([f"{2 * minutes} min"] if 1440 % (2 * minutes) == 0 else [])
    made = []
    for number in range(draw(st.integers(1, 2))):
        charge = {"id": f"maximum-{number}"}
        if draw(st.booleans()):
            charge["block"] = draw(st.sampled_from(blocks))
        own, named = calendar, periods
        if draw(st.integers(0, 3)) == 0:
            plain = calendars(minutes, zone, seasons=False)
            own = draw(plain.filter(lambda one: "holidays" not in one and one.get("periods")))
            named = list(own["periods"])
            charge["calendar"] = own
        whole = seasons and "-15" not in str(calendar["seasons"]) and "02-29" not in str(calendar["seasons"])
        sort = draw(st.sampled_from(["price", "prices", "steps", "steps by period", "season"]))
        top = draw(st.integers(1, 60))
        ladder = st.tuples(prices, prices, prices).map(
            lambda p, top=top: [
                {"up-to": f"{top} kW", "price": p[0]},
                {"up-to": f"{top + 9} kW", "price": p[1]},
                {"price": p[2]},
            ]
        )
        if (sort == "prices" and named) or ("calendar" in charge and not sort.endswith("period")):
            charge["prices"] = {name: draw(prices) for name in named[: draw(st.integers(1, len(named)))]}
        elif sort == "steps by period" and named:
            charge["steps"] = {name: draw(ladder) for name in named}
        elif sort == "season" and whole:
            charge["price"] = {season: draw(prices) for season in seasons}
        elif sort == "steps":
            charge["steps"] = draw(ladder)
        else:
            charge["price"] = draw(prices)
        if draw(st.booleans()) and sort != "season":
            charge["when"] = months(draw)
        made.append(charge)
    return made


@dataclass(frozen=True)
class Case:
    """One drawing, small when printed: readings are made of their seed."""

    plain: dict
    start: dt.date
    end: dt.date
    slots: int
    zone: str | None  # whose standard time the rows are in; None: the tariff's
    bill: str
    points: int
    largest: int
    even: bool  # the same in every slot, so that bounds are met to the watt-hour
    idle: float
    seed: int

    def use(self):
        """{point: {standard day: [Wh]}}, the whole year before the span where the tariff looks back."""
        first = self.start
        if "tiers" in self.plain or "minimum" in self.plain:
            first = dt.date(first.year - (first.month < 3), 1, 1)
        days = (self.end - first).days + 2
        rng = np.random.default_rng(self.seed)
        values = rng.integers(0, self.largest + 1, (self.points, days, self.slots)).astype(np.int32)
        if self.even:
            values[:] = self.largest
        values[rng.random(values.shape) < self.idle] = 0
        return {
            f"P{p}": {first + (d - 1) * DAY: values[p, d].tolist() for d in range(days)} for p in range(self.points)
        }


@st.composite
def case(draw):
    zone = draw(st.sampled_from(ZONES))
    slots = draw(st.sampled_from([48, 96] if zone == "Australia/Lord_Howe" else [24, 48, 96]))
    start, end = draw(st.sampled_from(SPANS))
    if (end - start).days > 300:
        slots = 48 if zone == "Australia/Lord_Howe" else 24
    plain = draw(tariff(minutes=1440 // slots, zone=zone))
    plain["valid_from"] = draw(st.sampled_from(["2020-01-01", "2020-01-01", start.isoformat()]))
    if draw(st.booleans()):
        plain["valid_to"] = (end - DAY).isoformat()
    return Case(
        plain=plain,
        start=start,
        end=end,
        slots=slots,
        zone=draw(st.sampled_from([None, "UTC", "Asia/Shanghai"])) if zone else None,
        bill=draw(st.sampled_from(["month", "month", "span"])),
        points=draw(st.integers(1, 2)),
        largest=draw(st.sampled_from([1, 60, 1_000, 3_000, 2_000_000])),
        even=draw(st.sampled_from([False, False, True])),
        idle=draw(st.sampled_from([0, 0.5, 0.999])),
        seed=draw(st.integers(0, 2**32 - 1)),
    )
