"""Reads the demand, fixed and minimum charges of a Utility Rate Database record into document entries."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.problems import Findings, Path
from wattloop.library.tariffs.urdb_fields import Notes, bounded, check_ladder, number
from wattloop.library.tariffs.urdb_schedule import Schedule, calendar_of, month_words, period_name, read_schedule

_SPANS = {"$/month": "month", "$/day": "day", "$/year": "year"}
_TIER_KEYS = {"max", "rate", "adj", "unit"}
_UNIT_OF = {"demandrateunit": "demandratestructure", "flatdemandunit": "flatdemandstructure"}
_PARTS = (("rate", ""), ("adj", "-adj"))


def demand_charges(
    record: Mapping[str, Any], energy: Schedule | None, findings: Findings, notes: Notes
) -> list[dict[str, Any]]:
    """Entries for demand by time of use and flat demand by month; `adj` stands as an entry of its own."""
    charges = [*_by_time_of_use(record, energy, findings, notes), *_flat(record, findings, notes)]
    if charges:
        _check_units(record, findings, notes)
        if record.get("demandwindow") not in (None, 0, ""):
            notes.add(
                f"demandwindow {record['demandwindow']} min is not asked for: demand is of the readings' interval."
            )
    return charges


def _check_units(record: Mapping[str, Any], findings: Findings, notes: Notes) -> None:
    named = {name: record.get(name) for name in ("demandrateunit", "flatdemandunit", "demandunits")}
    for name, structure in _UNIT_OF.items():
        if record.get(structure) and named[name] not in (None, "kW"):
            findings.error((name,), f"Demand in `{named[name]}` is not supported.", "Only kW is.")
    units = named["demandunits"]
    if units in (None, "kW"):
        return
    asked = [named[unit] for unit, structure in _UNIT_OF.items() if record.get(structure)]
    if units == "kVA" and all(unit == "kW" for unit in asked):
        notes.add("demandunits says kVA, the unit of the prices says kW: demand is priced per kW.")
    else:
        findings.error(("demandunits",), f"Demand in `{units}` is not supported.", "Only kW is.")


def _by_time_of_use(
    record: Mapping[str, Any], energy: Schedule | None, findings: Findings, notes: Notes
) -> list[dict[str, Any]]:
    structure = record.get("demandratestructure")
    if not structure:
        return []
    if not isinstance(structure, list):
        findings.error(("demandratestructure",), "`demandratestructure` is not a list of periods.", "Mend the record.")
        return []
    schedule = read_schedule(record, "demand", len(structure), findings)
    if schedule is None:
        return []
    shared = schedule.renamed_to(energy) if energy is not None and len(energy.used) > 1 else None
    charges = []
    for key, suffix in _PARTS:
        ladders = {
            period: _ladder(structure[period], key, ("demandratestructure", period), findings, notes)
            for period in schedule.used
        }
        charged = {period: ladder for period, ladder in ladders.items() if any(price for _, price in ladder)}
        if not charged:
            continue
        names = {period: period_name(shared[period] if shared else period) for period in charged}
        charge: dict[str, Any] = {"id": f"demand{suffix}"}
        plain = all(len(ladder) == 1 for ladder in charged.values())
        if plain and len(schedule.used) == 1 and energy is not None and len(energy.used) == 1:
            charges.append({**charge, "prices": charged[schedule.used[0]][0][1]})
            continue
        if plain:
            charge["prices"] = {names[period]: ladder[0][1] for period, ladder in charged.items()}
        else:
            charge["steps"] = {names[period]: _steps(ladder) for period, ladder in charged.items()}
        if shared is None:
            charge["calendar"] = calendar_of(schedule)
        charges.append(charge)
    return charges


def _flat(record: Mapping[str, Any], findings: Findings, notes: Notes) -> list[dict[str, Any]]:
    structure, months = record.get("flatdemandstructure"), record.get("flatdemandmonths")
    if not structure:
        return []
    if not isinstance(structure, list) or not isinstance(months, list) or len(months) != 12:
        findings.error(
            ("flatdemandmonths",), "`flatdemandmonths` does not give each month a price.", "Mend the record."
        )
        return []
    for month in months:
        if isinstance(month, bool) or not isinstance(month, int):
            said = f"`flatdemandmonths` names period {month}, which is no whole number."
            findings.error(("flatdemandmonths",), said, "Mend the record.")
            return []
    charges = []
    for period in sorted(set(months)):
        if not 0 <= period < len(structure):
            findings.error(("flatdemandmonths",), f"`flatdemandmonths` names period {period}, which has no price.", "")
            continue
        during = [index for index, month in enumerate(months) if month == period]
        for key, suffix in _PARTS:
            ladder = _ladder(structure[period], key, ("flatdemandstructure", period), findings, notes)
            if not any(price for _, price in ladder):
                continue
            charge: dict[str, Any] = {"id": f"flat-{period}{suffix}"}
            charge |= {"price": ladder[0][1]} if len(ladder) == 1 else {"steps": _steps(ladder)}
            if len(during) < 12:
                charge["when"] = month_words(during)
            charges.append(charge)
    return charges


def _ladder(tiers: Any, key: str, path: Path, findings: Findings, notes: Notes) -> list[tuple[Decimal | None, Decimal]]:
    """The steps of one period as (upper kW or None, price); several steps of one price become one."""
    if not isinstance(tiers, list) or not tiers or any(not isinstance(tier, Mapping) for tier in tiers):
        findings.error(path, "The period is in use but has no prices.", "Mend the record.")
        return []
    ladder: list[tuple[Decimal | None, Decimal]] = []
    check_ladder(tiers, path, findings, of="demand")
    for index, tier in enumerate(tiers):
        where = (*path, index)
        for name in tier:
            if name not in _TIER_KEYS:
                findings.error((*where, name), f"`{name}` in a demand tier is not known here.", "Leave the rate out.")
        if tier.get("unit") not in (None, "kW"):
            findings.error((*where, "unit"), f"Demand in `{tier['unit']}` is not supported.", "Only kW is.")
        upper = number(tier["max"], (*where, "max"), findings, notes) if bounded(tier) else None
        ladder.append((upper, number(tier.get(key) or 0, (*where, key), findings, notes)))
    return [ladder[-1]] if len({price for _, price in ladder}) == 1 else ladder


def _steps(ladder: list[tuple[Decimal | None, Decimal]]) -> list[dict[str, Any]]:
    return [
        {"price": price} if upper is None else {"up-to": f"{upper:f} kW", "price": price} for upper, price in ladder
    ]


def fixed_charges(record: Mapping[str, Any], findings: Findings, notes: Notes) -> list[dict[str, Any]]:
    """Entries for the charge of the first meter."""
    charges = []
    for name, unit in (("fixedchargefirstmeter", record.get("fixedchargeunits")), ("fixedmonthlycharge", "$/month")):
        price = _money(record, name, (unit, "fixedchargeunits"), findings, notes)
        if price:
            charges.append({"id": "fixed" if name == "fixedchargefirstmeter" else "fixed-monthly", "price": price})
    return charges


def minimum_charges(record: Mapping[str, Any], findings: Findings, notes: Notes) -> list[dict[str, Any]]:
    """Entries for the least a month or a year costs."""
    charges = []
    for name, unit in (
        ("mincharge", record.get("minchargeunits")),
        ("minmonthlycharge", "$/month"),
        ("annualmincharge", "$/year"),
    ):
        price = _money(record, name, (unit, "minchargeunits"), findings, notes)
        if price and price.endswith("day"):
            findings.error(
                ("minchargeunits",), "A minimum by the day is not supported.", "Only $/month and $/year are."
            )
        elif price:
            charges.append({"id": "minimum" if name == "mincharge" else name, "price": price})
    return charges


def _money(
    record: Mapping[str, Any], name: str, unit_and_field: tuple[Any, str], findings: Findings, notes: Notes
) -> str | None:
    unit, unit_field = unit_and_field
    if record.get(name) in (None, ""):
        return None
    price = number(record[name], (name,), findings, notes)
    if not price:
        return None
    if unit in (None, ""):
        notes.add(f"{name} has no unit and is taken per month.")
        unit = "$/month"
    if unit not in _SPANS:
        findings.error((unit_field,), f"A charge in `{unit}` is not supported.", f"Known: {', '.join(_SPANS)}.")
        return None
    return f"{price:f} USD/{_SPANS[unit]}"
