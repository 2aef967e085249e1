"""Who the county's customers are: names, telephones and addresses, made up and always the same for the same county.

The files that a supply enterprise would hand over when it begins to use the platform: customers, agreements,
transformers, feeders, transformer areas, supplies, meters, contacts, prospects.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from wattloop.example.firms import FIRM_CLASSES, firm_name
from wattloop.example.names import ESTATES, ROADS, VILLAGES, address, person_name, phone
from wattloop.example.people_terms import Terms, read_terms

Rows = Iterable[Sequence[object]]


def write_people(
    county: Path, folder: Path, stations: Sequence[str], managers: Sequence[str] = (), seed: int = 1
) -> None:
    """Write the files of a county's customers.

    Args:
        county: a folder with the county's `accounts.csv`, `agreements` and, where there are works, `registers.csv`.
        folder: where they are written; made if absent.
        stations: codes of the units that look after them, each for its part of the transformer areas.
        managers: numbers of the employees who look after key accounts, one for each station.
        seed: of what is drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    terms = read_terms(county)
    accounts = list(csv.DictReader((county / "accounts.csv").open(encoding="utf-8")))
    areas = sorted({row["area"] for row in accounts})
    unit_of = {area: stations[n * len(stations) // len(areas)] for n, area in enumerate(areas)}
    drawn = _drawn(len(accounts), seed)
    people = [
        _Person(row, at, drawn[at], unit_of[row["area"]], terms[row["agreement"]]) for at, row in enumerate(accounts)
    ]
    _mark(people, dict(zip(stations, managers, strict=False)))
    _write(folder / "customers.csv", _CUSTOMERS, [*(p.customer() for p in people), *_new_owners(people)])
    _write(folder / "contacts.csv", ["customer", "name", "post", "phone", "email", "main"], _contacts(people))
    _write(folder / "agreements.csv", _AGREEMENTS, (row for p in people for row in p.agreement()))
    _write(
        folder / "transformers.csv", ["agreement", "transformer", "capacity-kva", "interlock", "from", "state"],
        (row for p in people for row in p.terms.transformers),
    )  # fmt: skip
    feeder_of = {area: f"F{n // 8 + 1:02d}" for n, area in enumerate(areas)}
    _write(folder / "feeders.csv", ["code", "name", "voltage", "station", "unit"], _feeders(feeder_of, unit_of))
    _write(folder / "areas.csv", ["code", "name", "feeder", "capacity-kva", "unit"], _areas(areas, feeder_of, unit_of))
    _write(folder / "supplies.csv", ["agreement", "rank", "valid-from", "area", "feeder"], _supplies(people, feeder_of))
    _write(folder / "meters.csv", _METERS, _meters(people, county / "registers.csv"))
    _write(folder / "prospects.csv", _PROSPECTS, _prospects(stations, managers, _newest(terms), seed))


def _newest(terms: dict[str, Terms]) -> dt.date:
    """The last day from which terms hold; one of the example's months where all hold always."""
    return max((day for one in terms.values() for day in one.begins), default=dt.date(2026, 10, 1))


_CUSTOMERS = [
    "number", "name", "kind", "importance", "key-account", "manager", "unit", "phone", "email", "address", "tax-number",
    "since",
]  # fmt: skip
_AGREEMENTS = [
    "agreement", "customer", "unit", "address", "opened-on", "valid-from", "owner", "tariff", "class", "voltage",
    "market", "options", "capacity-kva", "contract-kw", "demand-method", "point", "source", "point-tariff", "behind",
    "fixed-kwh-month", "out-of", "allowance-large-household", "allowance-low-income",
]  # fmt: skip
_METERS = [
    "meter",
    "maker",
    "model",
    "accuracy",
    "digits",
    "made-in",
    "valid-from",
    "valid-to",
    "point",
    "multiplier",
    "reason",
]
_PROSPECTS = [
    "number", "name", "unit", "stage", "class", "voltage", "load-kw", "energy-kwh-month", "expected-on",
    "chance-percent", "phone", "address", "manager",
]  # fmt: skip
_PLANNED = (
    ("新能源材料厂", 1600), ("科技园二期", 800), ("高速充电站", 1200), ("第三中学", 400), ("农贸市场", 250),
    ("冷链仓储", 2500),
)  # fmt: skip
"""Who may come, with the kW they would need."""


class _Person:
    """A customer of the county with its agreement."""

    def __init__(self, row: dict[str, str], at: int, drawn: np.ndarray, unit: str, terms: Terms) -> None:
        self.number, self.agreement_number = f"C{at + 1:07d}", row["agreement"]
        self.class_, self.area, self.unit, self.terms = row["class"], row["area"], unit, terms
        self.firm = row["class"] in FIRM_CLASSES
        self.drawn = drawn
        self.contact = person_name(drawn)
        self.name = terms.name or (firm_name(row["class"], at) if self.firm else self.contact)
        self.phone = phone(drawn)
        self.address = address(row["class"], row["area"], drawn)
        self.opened = dt.date(2012, 1, 1) + dt.timedelta(days=int(drawn[9]) % 4380)
        self.importance, self.key, self.manager = "ordinary", False, ""

    def customer(self) -> list[object]:
        """A row of `customers.csv`."""
        tax = f"91320{int(self.drawn[8]):013d}"[:18] if self.firm else ""
        kind = "firm" if self.firm else "person"
        return [
            self.number, self.name, kind, self.importance, "yes" if self.key else "no", self.manager, self.unit,
            f"+86 {self.phone}" if self.firm else self.phone, "", self.address, tax, self.opened,
        ]  # fmt: skip

    def agreement(self) -> Iterable[list[object]]:
        """Rows of `agreements.csv`, one for each version and point."""
        for row in self.terms.rows(min(self.opened, dt.date(2024, 1, 1))):
            owner = f"{self.number}N" if row.pop("owner", None) else ""
            told = {
                "agreement": self.agreement_number, "customer": self.number, "unit": self.unit,
                "address": self.address, "opened-on": self.opened, "owner": owner, **row,
            }  # fmt: skip
            yield [told.get(name, "") for name in _AGREEMENTS]


def _drawn(count: int, seed: int) -> np.ndarray:
    """int64[count, 10]: what is drawn of each."""
    return np.random.default_rng([seed, 7]).integers(0, 2**40, (count, 10))


def _mark(people: list[_Person], managers: dict[str, str]) -> None:
    """Key accounts are the factories and what takes much; schools and continuous works are important."""
    for one in people:
        one.key = bool(one.terms.transformers) or one.class_ == "ev-station"
        one.manager = managers.get(one.unit, "") if one.key else ""
        if one.class_ == "industrial-continuous":
            one.importance = "first"
        elif one.class_ in ("school", "industrial-two-shifts"):
            one.importance = "second"


def _new_owners(people: list[_Person]) -> Rows:
    for one in people:
        if one.terms.new_owner:
            yield [
                f"{one.number}N",
                one.terms.new_owner,
                "firm",
                "ordinary",
                "no",
                "",
                one.unit,
                "",
                "",
                one.address,
                "",
                "",
            ]


def _contacts(people: list[_Person]) -> Rows:
    for one in people:
        if one.firm:
            yield [
                one.number,
                one.contact,
                "用电负责人",
                f"+86 {one.phone}",
                f"power{int(one.number[1:])}@example.cn",
                "yes",
            ]


def _feeders(feeder_of: dict[str, str], unit_of: dict[str, str]) -> Rows:
    for feeder in sorted(set(feeder_of.values())):
        unit = next(unit_of[area] for area, its in feeder_of.items() if its == feeder)
        yield [
            feeder,
            f"10kV{ROADS[int(feeder[1:]) % len(ROADS)][:2]}{feeder[1:]}线",
            "10kV",
            "东江110kV变电站",
            unit,
        ]


def _areas(areas: list[str], feeder_of: dict[str, str], unit_of: dict[str, str]) -> Rows:
    for area in areas:
        place = int(area[1:])
        name = f"{(*ESTATES, *VILLAGES)[place % 18]}{place}号台区"
        yield [area, name, feeder_of[area], (315, 400, 500, 630)[place % 4], unit_of[area]]


def _supplies(people: list[_Person], feeder_of: dict[str, str]) -> Rows:
    for one in people:
        high = bool(one.terms.transformers)
        feeder = feeder_of[one.area]
        yield [one.agreement_number, "main", one.opened, "" if high else one.area, feeder if high else ""]
        if one.importance != "ordinary" and int(one.drawn[7]) % 3:
            others = sorted({f for f in feeder_of.values() if f != feeder})
            if others:
                yield [one.agreement_number, "second", one.opened, "", others[int(one.drawn[8]) % len(others)]]


def _meters(people: list[_Person], registers: Path) -> Rows:
    hung: dict[str, list[tuple[str, str, str]]] = {}
    if registers.is_file():
        for row in csv.DictReader(registers.open(encoding="utf-8")):
            chain = hung.setdefault(row["point"], [])
            if not chain or chain[-1][0] != row["meter"]:
                chain.append((row["meter"], row["from"], row["multiplier"]))
    for one in people:
        for point in one.terms.measured:
            chain = hung.get(point) or [(f"DJ{int(point):014d}", "", "1")]
            for n, (meter, start, multiplier) in enumerate(chain):
                begins = dt.date.fromisoformat(start) if n else one.opened
                end = dt.date.fromisoformat(chain[n + 1][1]) - dt.timedelta(days=1) if n + 1 < len(chain) else ""
                three = bool(one.terms.transformers)
                yield [
                    meter, "东江仪表", "DTZ341" if three else "DDZY208", "0.5S" if three else "A", 6,
                    max(begins.year - 1, 2010), begins, end, point, multiplier, "轮换" if n else "新装",
                ]  # fmt: skip


def _prospects(stations: Sequence[str], managers: Sequence[str], today: dt.date, seed: int) -> Rows:
    stages = ("heard", "heard", "applied", "applied", "building", "connected", "lost")
    for n, drawn in enumerate(_drawn(24, seed + 1)):
        name, load = _PLANNED[n % len(_PLANNED)]
        load = load * (60 + int(drawn[1]) % 80) // 100
        place = VILLAGES[int(drawn[2]) % len(VILLAGES)][:2]
        month = today.year * 12 + today.month - 1 + int(drawn[3]) % 14 - 1
        stage = stages[int(drawn[0]) % len(stages)]
        chance = {"heard": 30, "applied": 60, "building": 90, "connected": 100, "lost": 0}[stage]
        yield [
            f"P{n + 1:05d}", f"{place}{name}", stations[n % len(stations)], stage, "industrial-commercial", "10kV",
            load, load * 160, dt.date(month // 12, month % 12 + 1, 1 + int(drawn[4]) % 28), chance,
            phone(drawn), f"东江县{ROADS[int(drawn[5]) % len(ROADS)]}{n + 1}号",
            managers[n % len(stations)] if managers else "",
        ]  # fmt: skip


def _write(path: Path, names: Sequence[str], rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)
