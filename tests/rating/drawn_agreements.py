"""Agreements of every sort, drawn at random for the reference to work out: terms, meters and tariffs that change."""

import datetime as dt
import itertools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from reference_agreements import Agreement
from reference_document import DAY

from wattloop.library import tariffs
from wattloop.library.quantity.dayrows import from_matrix

FIRST, LAST = dt.date(2019, 1, 1), dt.date(2039, 1, 1)
SPANS = [
    (dt.date(2026, 3, 1), dt.date(2026, 4, 1)),  # the clock goes forward in Berlin
    (dt.date(2026, 10, 1), dt.date(2026, 11, 1)),  # and back
    (dt.date(2024, 2, 1), dt.date(2024, 3, 1)),  # a leap day
    (dt.date(2026, 3, 15), dt.date(2026, 5, 8)),  # parts of months
    (dt.date(2025, 12, 1), dt.date(2026, 2, 1)),  # across new year
    (dt.date(2026, 5, 9), dt.date(2026, 5, 10)),  # one day
]
price = st.integers(0, 99_999).map(lambda n: f"{n / 10**5:.5f}")
CALENDAR = {
    "zone": "Europe/Berlin",
    "periods": {"peak": "peak", "flat": "flat", "valley": "valley"},
    "days": [
        {"when": "weekend", "valley": "20:00-10:00", "rest": "flat"},
        {"when": "always", "peak": ["08:00-11:00", "18:00-21:00"], "valley": "23:00-07:00", "rest": "flat"},
    ],
}
OTHER = CALENDAR | {"days": [{"when": "always", "peak": "10:00-15:00", "valley": "00:00-06:00", "rest": "flat"}]}


@st.composite
def tariff(draw, name, span, *, light=False):
    """The versions of one tariff, as plain documents."""
    yearly = (span[1] - span[0]).days > 1
    plain = {"id": name, "name": name, "valid_from": "2019-01-01", "currency": "CNY", "calendar": CALENDAR}
    if light:
        plain.pop("calendar")
        plain["calendar"] = {"zone": "Europe/Berlin"}
    components = {"delivery": {"price": draw(price)}, "funds": {"price": draw(price), "kind": "surcharge"}}
    plain["energy"] = {"components": components}
    if not light and draw(st.booleans()):
        components["purchase"] = {"price": draw(price), "floats": "true"}
        plain["energy"]["ratios"] = {"peak": "1.6", "flat": "1", "valley": "0.4"}
    segments = {}
    if not light:
        plain["demand"] = draw(basic())
        segments["demand"] = draw(st.sampled_from(["bill", "segment"]))
    if draw(st.booleans()):
        rule = {"standard": draw(st.sampled_from(["0.90", "0.85", "0.80"])), "base": ["demand", "energy"]}
        rule |= draw(st.sampled_from([{}, {"without": ["funds"]}, {"penalty-only": "true"}]))
        rule["base"] = ["energy"] if light or not plain.get("demand") else rule["base"]
        plain["power-factor"] = rule
        segments["power-factor"] = draw(st.sampled_from(["bill", "segment"]))
    if draw(st.integers(0, 2)) == 0:
        plain["tiers"] = draw(tiers(year=yearly))
        segments["tiers"] = "in-order"
    plain["fixed"] = draw(st.sampled_from([[], [{"id": "service", "price": "12.35 CNY/month"}]]))
    plain["fixed"] = plain["fixed"] + draw(st.sampled_from([[], [{"id": "meter", "price": "0.37 CNY/day"}]]))
    plain["tax"] = draw(st.sampled_from([[], [{"name": "vat", "rate": "13 %", "included": "false"}]]))
    plain["segments"] = segments
    if "tiers" not in plain or plain["tiers"]["over"] == "month":
        plain["rounding"] = draw(st.sampled_from([{}, {"energy": "1 kWh"}, {"half": "even"}]))
    versions = [plain]
    for day in sorted(draw(st.lists(dates(span), max_size=2, unique=True))):
        sort = draw(st.sampled_from(["same", "price", "funds", "hours"]))
        last = versions[-1]
        new = {**last, "valid_from": day.isoformat()}
        if sort == "hours" and not light:
            new["calendar"] = OTHER
        elif sort != "same":
            which = "delivery" if sort == "price" else "funds"
            parts = last["energy"]["components"]
            changed = {**parts, which: {**parts[which], "price": draw(price)}}
            new["energy"] = {**last["energy"], "components": changed}
        versions.append(new)
    return [{key: part for key, part in one.items() if part not in ({}, [])} for one in versions]


@st.composite
def basic(draw):
    found = {}
    way = {"price": f"{draw(st.integers(1, 99_999)) / 1000} CNY/kW/month"}
    floor = draw(st.sampled_from([{}, {"floor": "40 % of capacity"}]))
    rules = st.sampled_from(["contract-plus-double-excess", "over-limit-plus-double-excess", "double-above-contract"])
    for method in draw(st.lists(st.sampled_from(["by-capacity", "by-contract", "by-actual"]), max_size=3, unique=True)):
        found[method] = way | (floor if method != "by-capacity" else {"price": way["price"].replace("kW", "kVA")})
        if method == "by-contract":
            found[method] |= {"over": draw(st.sampled_from(["105 %", "110 %"])), "over-rule": draw(rules)}
    chosen = [one for one in found if one != "by-capacity"]
    if chosen and draw(st.booleans()):
        when = f"energy >= {draw(st.sampled_from([1, 20, 260]))} kWh per kVA"
        found["intensive-use"] = {"when": when, "price-factor": "0.9", "applies-to": chosen}
    if found:
        found["proration"] = draw(st.sampled_from(["calendar-days", "thirtieths"]))
    return found


@st.composite
def tiers(draw, *, year):
    low, more = draw(st.integers(1, 900)), draw(st.integers(1, 900))
    steps = [{"up-to": f"{low} kWh"}, {"up-to": f"{low + more} kWh", "add": "0.05"}, {"add": "0.3"}]
    made = {"over": draw(st.sampled_from(["month", "year"])) if year else "month", "steps": steps}
    made["pooling"] = "after-time-of-use"
    if draw(st.booleans()):
        made["allowances"] = {"low-income": {"free": "15 kWh per month"}}
    return made


def dates(span):
    """Days of a span, the first and the last often."""
    last = (span[1] - span[0]).days - 1
    at = st.one_of(st.sampled_from([0, min(1, last), last, max(last - 1, 0)]), st.integers(0, last))
    return at.map(lambda n: span[0] + n * DAY)


@dataclass(frozen=True)
class Case:
    """One drawing, small when printed: readings are made of their seed."""

    known: dict
    terms: tuple
    mains: dict
    light: tuple | None
    span: tuple
    whole: bool
    reactive: bool
    even: bool
    largest: int
    seed: int

    def use(self):
        """{(point, channel): {standard day: [Wh]}}."""
        rng = np.random.default_rng(self.seed)
        first = dt.date(self.span[0].year, 1, 1) - DAY
        days = [first + n * DAY for n in range((self.span[1] - first).days + 1)]
        points = [*self.mains, *([self.light[0]] if self.light else [])]
        found = {}
        for point in points:
            large = self.largest // (20 if self.light and point == self.light[0] else 1)
            low = large // 2 if self.light and self.light[1] == "series" and point == "M1" else 0
            for channel in ("active_in", "reactive_in", "reactive_out"):
                if channel != "active_in" and not self.reactive:
                    continue
                part = large // {"active_in": 1, "reactive_in": 2, "reactive_out": 9}[channel]
                values = rng.integers(min(low, part), part + 1, (len(days), 24))
                values = np.full_like(values, part) if self.even else values
                found[point, channel] = dict(zip(days, values.tolist(), strict=True))
        return found

    def rows(self):
        """Day-rows of them."""
        made = []
        for (point, channel), days in self.use().items():
            at = np.array(list(days), "datetime64[D]")
            values = np.array(list(days.values()), np.int32)
            made.append(from_matrix([point] * len(days), at, values, channel=channel))
        return pa.concat_tables(made)

    def document(self):
        """The agreement as its document says it."""
        points = [{"point": point, **_dates(*days)} for point, days in self.mains.items()]
        if self.light:
            point = {"point": self.light[0], "tariff": "light"}
            points.append(point | ({"behind": "M1"} if self.light[1] == "series" else {}))
        versions = []
        for one in self.terms:
            told = {"tariff": one["tariff"], "customer": one["customer"], "demand-method": one["method"]}
            units = {"capacity": "VA", "contract": "W"}
            told |= {name: f"{one[name]} {unit}" for name, unit in units.items() if one[name] is not None}
            told["allowances"] = {name: day.isoformat() for name, day in one["allowances"].items()}
            versions.append({**_dates(one["from"], one["to"], both=True), **{k: v for k, v in told.items() if v}})
        return {"agreement": "A", "points": points, "versions": versions}

    def reference(self):
        """The same for the reference."""
        return Agreement(self.terms, self.mains, self.light, self.known, self.use())

    def compiled(self):
        """All versions of its tariffs."""
        return [tariffs.from_plain(plain) for versions in self.known.values() for plain in versions]


def _dates(start, end, *, both=False):
    told = {"valid_from": start.isoformat()} if both or start != FIRST else {}
    return told | ({"valid_to": (end - DAY).isoformat()} if both or end != LAST else {})


@st.composite
def case(draw):
    span = draw(st.sampled_from(SPANS))
    known = {name: draw(tariff(name, span)) for name in ("one", "two")}
    lit = draw(st.sampled_from([None, None, "series", "parallel"]))
    if lit:
        known["light"] = draw(tariff("light", span, light=True))
    edges = sorted(draw(st.lists(dates(span), max_size=3, unique=True)))
    start = draw(st.sampled_from([FIRST, FIRST, span[0] + DAY])) if (span[1] - span[0]).days > 5 else FIRST
    cuts = [start, *(day for day in edges if day > start), LAST]

    def maybe(*values):
        return draw(st.sampled_from(values))

    terms, last = [], None
    for low, high in itertools.pairwise(cuts):
        one = last or {
            "tariff": maybe("one", "two"), "customer": "Li",
            "method": maybe("by-capacity", "by-contract", "by-actual", None),
            "capacity": maybe(99_500, 1_000, 315_000, None), "contract": maybe(33_300, 1, 60_000, None),
            "allowances": {},
        }  # fmt: skip
        change = maybe("nothing", "capacity", "contract", "customer", "tariff", "method", "allowance") if last else ""
        one = one | {
            "capacity": {"capacity": maybe(99_500, 250_000)}, "contract": {"contract": maybe(33_300, 70_000)},
            "customer": {"customer": "Wang"}, "tariff": {"tariff": maybe("one", "two")},
            "method": {"method": maybe("by-capacity", "by-actual")}, "allowance": {"allowances": {"low-income": low}},
        }.get(change, {})  # fmt: skip
        last = one
        ends = high - DAY if maybe(False, False, False, True) and high - DAY > low and high != LAST else high
        terms.append(one | {"from": low, "to": ends})
    mains = {"M1": (FIRST, LAST)}
    if draw(st.booleans()):
        came, went = maybe(FIRST, span[0] + DAY, span[1] - DAY), maybe(LAST, span[1])
        mains["M2"] = (came, went) if came < went else (FIRST, LAST)
    return Case(
        known=known,
        terms=tuple(terms),
        mains=mains,
        light=("L", lit) if lit else None,
        span=span,
        whole=draw(st.booleans()) and span[0].year == span[1].year,
        reactive=draw(st.sampled_from([True, True, True, False])),
        even=draw(st.sampled_from([False, False, True])),
        largest=draw(st.sampled_from([60_000, 1_000, 20_000, 60, 0])),
        seed=draw(st.integers(0, 2**32 - 1)),
    )
