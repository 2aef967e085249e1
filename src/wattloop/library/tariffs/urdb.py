"""Imports rates of the Utility Rate Database: a record becomes a tariff document like any other.

The record's own rules hold: schedules by month and hour without holidays, the clock of
the readings, energy of all periods pooled pro rata over the tiers, `adj` beside `rate`.
What cannot be priced is refused by the field's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.document import ALWAYS_VALID
from wattloop.library.tariffs.loading import from_plain
from wattloop.library.tariffs.problems import Findings, Path
from wattloop.library.tariffs.urdb_charges import demand_charges, fixed_charges, minimum_charges
from wattloop.library.tariffs.urdb_fields import SCOPE, Notes, bounded, check_fields, check_ladder, day_of, number
from wattloop.library.tariffs.urdb_schedule import Schedule, calendar_of, period_name, read_schedule

CURRENCY = "USD"
_TIER_KEYS = {"max", "unit", "rate", "adj", "sell"}
_UNITS = {"kWh": "kWh", "kWh daily": "kWh per day"}


def from_urdb(record: Mapping[str, Any]) -> Tariff:
    """Compile one record of the database.

    The record's dates say when it was published rather than when it may be used, so the
    tariff is valid on any day; they stand in `source`.

    Raises:
        TariffRefused: naming each field that cannot be priced.
    """
    return from_plain(urdb_document(record))


def urdb_document(record: Mapping[str, Any]) -> dict[str, Any]:
    """Write a record as a tariff document in plain values, with the same prices as `from_urdb`.

    Raises:
        TariffRefused: naming each field that cannot be priced.
    """
    findings, notes = Findings(), Notes()
    if not isinstance(record, Mapping):
        findings.error((), "The record is not a JSON object.", "Give one rate, not a list of them.")
        findings.refuse_if_any()
    if "energyratestructure" not in record and isinstance(record.get("items"), list):
        findings.error(("items",), "This is an answer with several rates.", "Give one of its items.")
        findings.refuse_if_any()
    check_fields(record, findings, notes)
    if record.get("country") not in ("USA", "US", None):
        findings.error(("country",), f"The currency of {record['country']} is not known here.", "Only USA is imported.")
    energy = _Energy(record, findings, notes)
    schedule = energy.schedule
    document: dict[str, Any] = {
        "id": _id(record),
        "name": {"en": str(record.get("name") or "Unnamed rate").strip() or "Unnamed rate"},
        "valid_from": ALWAYS_VALID,
        "currency": CURRENCY,
        "for": {name: str(record[name]) for name in SCOPE if record.get(name) not in (None, "")},
    }
    if schedule is not None and len(schedule.used) > 1:
        document["calendar"] = calendar_of(schedule)
    if schedule is not None:
        document |= energy.sections()
    document["demand"] = demand_charges(record, schedule, findings, notes)
    document["fixed"] = fixed_charges(record, findings, notes)
    document["minimum"] = minimum_charges(record, findings, notes)
    document["rounding"] = {"money": Decimal("0.01"), "half": "up"}
    document["source"] = _source(record, notes)
    findings.refuse_if_any()
    return {key: value for key, value in document.items() if value not in ([], {})}


def _id(record: Mapping[str, Any]) -> str:
    label = "".join(sign for sign in str(record.get("label") or "rate").lower() if sign.isascii() and sign.isalnum())
    return f"urdb-{label or 'rate'}"


def _source(record: Mapping[str, Any], notes: Notes) -> dict[str, str]:
    source = {
        "document": record.get("source"),
        "url": record.get("uri"),
        "clause": record.get("label"),
        "start": day_of(record.get("startdate")),
        "end": day_of(record.get("enddate")),
        "note": " ".join(notes.lines),
    }
    return {key: str(value) for key, value in source.items() if value and str(value).strip()}


class _Energy:
    """The energy prices of a record: components `energy` and, where there is one, `adj`."""

    def __init__(self, record: Mapping[str, Any], findings: Findings, notes: Notes) -> None:
        self.findings, self.notes = findings, notes
        structure = record.get("energyratestructure")
        self.schedule: Schedule | None = None
        self.tiers: dict[int, list[Mapping[str, Any]]] = {}
        if not isinstance(structure, list) or not structure:
            findings.error(("energyratestructure",), "The record has no prices of energy.", "Choose one that has.")
            return
        self.schedule = read_schedule(record, "energy", len(structure), findings)
        for period in self.schedule.used if self.schedule else []:
            tiers = structure[period]
            path: Path = ("energyratestructure", period)
            if not isinstance(tiers, list) or not tiers or any(not isinstance(tier, Mapping) for tier in tiers):
                findings.error(path, "The period is in the schedule but has no prices.", "Mend the record.")
                self.schedule = None
                return
            self.tiers[period] = tiers
            check_ladder(tiers, path, findings, of="energy")
            for index, tier in enumerate(tiers):
                self._check_tier(tier, (*path, index))
        units = {str(tier.get("unit", "kWh")) for tiers in self.tiers.values() for tier in tiers if bounded(tier)}
        if len(units) > 1:
            findings.error(
                ("energyratestructure",),
                f"Bounds in {' and '.join(sorted(units))} are mixed.",
                "Not supported.",
            )
        self.unit = _UNITS.get(next(iter(units), "kWh"), "kWh")

    def _check_tier(self, tier: Mapping[str, Any], path: Path) -> None:
        for key in tier:
            if key not in _TIER_KEYS:
                self.findings.error((*path, key), f"`{key}` in a tier is not known here.", "Leave the rate out.")
        if str(tier.get("unit", "kWh")) not in _UNITS:
            self.findings.error(
                (*path, "unit"), f"Tiers counted in `{tier['unit']}` are not supported.", "Only kWh and kWh daily are."
            )
        if tier.get("sell"):
            self.notes.add("sell, the price of energy fed in, is not used.")

    def sections(self) -> dict[str, Any]:
        """The sections `energy` and `tiers` of the document."""
        count = max(len(tiers) for tiers in self.tiers.values())
        rates = [self._tree("rate", index) for index in range(count)]
        adjustments = [self._tree("adj", index) for index in range(count)]
        with_adjustment = any(tree != 0 for tree in adjustments)
        energy: dict[str, Any] = _priced(rates[0])
        if with_adjustment:
            energy = {"components": {"energy": energy, "adj": {"kind": "adjustment", **_priced(adjustments[0])}}}
        if count == 1:
            return {"energy": energy}
        steps: list[dict[str, Any]] = []
        for index in range(count):
            step: dict[str, Any] = {}
            if index < count - 1:
                step["up-to"] = self._bounds(index)
            if index and adjustments[index] != adjustments[0]:
                step["components"] = {"adj": adjustments[index]}
            if index and (rates[index] != rates[0] or "components" not in step):
                step |= _priced(rates[index])
            steps.append(step)
        return {"energy": energy, "tiers": {"over": "month", "pooling": "pro-rata", "steps": steps}}

    def _tree(self, key: str, index: int) -> Any:
        """The price of a tier by period; a period with fewer tiers keeps its last price."""
        by_period = {}
        for period, tiers in self.tiers.items():
            at = min(index, len(tiers) - 1)
            path = ("energyratestructure", period, at, key)
            by_period[period] = number(tiers[at].get(key) or 0, path, self.findings, self.notes)
        return _simplest({period_name(period): price for period, price in by_period.items()})

    def _bounds(self, index: int) -> Any:
        by_period = {}
        for period, tiers in self.tiers.items():
            if index < len(tiers) - 1 and bounded(tiers[index]):
                path = ("energyratestructure", period, index, "max")
                bound = number(tiers[index]["max"], path, self.findings, self.notes)
                by_period[period_name(period)] = f"{bound:f} {self.unit}"
        return _simplest(by_period, len(self.tiers))


def _simplest(by_period: dict[str, Any], periods: int | None = None) -> Any:
    """One value where all periods have the same."""
    values = list(by_period.values())
    whole = periods is None or len(values) == periods
    return values[0] if whole and all(value == values[0] for value in values) else by_period


def _priced(tree: Any) -> dict[str, Any]:
    return {"prices": tree} if isinstance(tree, dict) else {"price": tree}
