"""Which fields of a Utility Rate Database record carry a price, which only describe, and which cannot be priced yet.

A field that is not listed here is let through only if it holds no number: a price is
never passed over in silence.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from wattloop.library.tariffs.cells import LARGEST_SCALE
from wattloop.library.tariffs.problems import Findings, Path

PRICED = frozenset({
    "energyratestructure", "energyweekdayschedule", "energyweekendschedule",
    "demandratestructure", "demandweekdayschedule", "demandweekendschedule", "demandrateunit", "demandunits",
    "flatdemandstructure", "flatdemandmonths", "flatdemandunit", "demandwindow",
    "fixedchargefirstmeter", "fixedchargeunits", "fixedmonthlycharge",
    "mincharge", "minchargeunits", "minmonthlycharge", "annualmincharge",
})  # fmt: skip
SCOPE = (
    "utility", "eiaid", "sector", "servicetype", "phasewiring", "voltagecategory", "voltageminimum", "voltagemaximum",
    "peakkwcapacitymin", "peakkwcapacitymax", "peakkwcapacityhistory",
    "peakkwhusagemin", "peakkwhusagemax", "peakkwhusagehistory",
)  # fmt: skip
DESCRIBED = frozenset({
    *SCOPE, "label", "uri", "name", "approved", "is_default", "country", "description", "source", "sourceparent",
    "supersedes", "supercedes", "startdate", "enddate", "revisions", "latest_update", "dgrules", "usenetmetering",
    "basicinformationcomments", "energycomments", "demandcomments", "latest", "approvedby", "rateguid", "version",
    "energyattrs", "demandattrs", "fixedattrs", "energykeyvals", "demandkeyvals", "fixedkeyvals", "fixedcomments",
})  # fmt: skip
REFUSED = {
    "lookbackpercent": "demand billed by looking back at earlier months",
    "lookbackmonths": "demand billed by looking back at earlier months",
    "lookbackrange": "demand billed by looking back at earlier months",
    "demandratchetpercentage": "demand billed by looking back at earlier months",
    "demandreactivepowercharge": "a charge for reactive power",
    "reactivepowercharge": "a charge for reactive power",
    "fueladjustmentsmonthly": "a fuel adjustment that changes month by month",
    "coincidentratestructure": "a charge on demand at the system's peak",
    "coincidentrateschedule": "a charge on demand at the system's peak",
    "coincidentschedule": "a charge on demand at the system's peak",
    "coincidentsched": "a charge on demand at the system's peak",
    "fixedchargeeaaddl": "a charge for each further meter",
    "mindemand": "a least demand that is billed",
    "minimumdemand": "a least demand that is billed",
    "demandmin": "a least demand that is billed",
    "demandmax": "a limit of demand",
}
UNBOUNDED = 10**12
_REMARKS = frozenset({"energyattrs", "demandattrs", "fixedattrs", "energykeyvals", "demandkeyvals", "fixedkeyvals"})


class Notes:
    """What was decided on the way that a reader of the imported tariff should know."""

    def __init__(self) -> None:
        """Start with nothing noted."""
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        """Note a line once."""
        if line not in self.lines:
            self.lines.append(line)


def check_fields(record: Mapping[str, Any], findings: Findings, notes: Notes) -> None:
    """Refuse by name every field that carries a price nobody here can bill."""
    for name, value in record.items():
        if name in REFUSED:
            if holds_number(value):
                _refuse(findings, (name,), f"`{name}` is {REFUSED[name]}, which is not supported.")
        elif name in _REMARKS:
            if value:
                notes.add(f"{name} is a remark and is not priced.")
        elif name not in PRICED and name not in DESCRIBED and holds_number(value):
            _refuse(findings, (name,), f"`{name}` holds a number, and what it means for the bill is not known here.")


def _refuse(findings: Findings, path: Path, what: str) -> None:
    findings.error(path, what, "Leave the rate out, or remove the field if your bills do not have it.")


def holds_number(value: Any) -> bool:
    """Whether a value holds a number other than zero anywhere inside, text of digits and money in text included."""
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, str):
        try:
            return Decimal(value.strip().strip("$%")) != 0
        except ArithmeticError:
            return re.search(r"\$ *\d|\d *%", value) is not None
    if isinstance(value, int | float | Decimal):
        return value != 0
    if isinstance(value, Mapping):
        return any(holds_number(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(holds_number(inner) for inner in value)
    return False


def number(value: Any, path: Path, findings: Findings, notes: Notes) -> Decimal:
    """A number of the record as an exact decimal of at most ten places; zero where it is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        findings.error(path, f"`{value}` is not a number.", "Mend the record.")
        return Decimal(0)
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        findings.error(path, f"`{value}` is not a finite number.", "Mend the record.")
        return Decimal(0)
    exponent = exact.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > LARGEST_SCALE:
        rounded = exact.quantize(Decimal(1).scaleb(-LARGEST_SCALE), ROUND_HALF_UP).normalize()
        notes.add(f"{path[0]}: {exact} is rounded to {rounded:f}.")
        return rounded
    return Decimal(f"{exact:f}")


def check_ladder(tiers: list[Mapping[str, Any]], path: Path, findings: Findings, *, of: str) -> None:
    """Note what keeps the tiers of a period from being climbed: no price, no or no rising bound, a bounded end."""
    before: float | Decimal = 0
    for index, tier in enumerate(tiers):
        where, last, top = (*path, index), index == len(tiers) - 1, tier.get("max")
        if tier.get("rate") in (None, ""):
            findings.error(where, "The tier has no `rate`.", "Mend the record.")
        if last and bounded(tier):
            said = f"The last tier is bounded (`max`), so {of} beyond it has no price."
            findings.error((*where, "max"), said, "Mend the record.")
        elif not last and not bounded(tier):
            findings.error(where, "The tier has no `max`, so the next is never reached.", "Mend the record.")
        elif not last and isinstance(top, int | float | Decimal):
            if not top > before:
                said = f"The tier ends at {top}, not above where it begins, {before}."
                findings.error((*where, "max"), said, "Mend the record.")
            before = top


def bounded(tier: Mapping[str, Any]) -> bool:
    """Whether a tier ends somewhere; a bound past any meter is none."""
    top = tier.get("max")
    return top is not None and not (isinstance(top, int | float) and top >= UNBOUNDED)


def day_of(value: Any) -> str | None:
    """A record's date, given in seconds since 1970, as year-month-day."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=int(value))).date().isoformat()
    except OverflowError:
        return None
