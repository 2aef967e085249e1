"""The words of Green Button (ESPI) and what they mean to a lake: namespaces, codes, which channel a series is.

Source of the codes: the ESPI schema 4.0 (NAESB REQ.21), simple types AccumulationKind, CommodityKind,
DataQualifierKind, FlowDirectionKind, MeasurementKind, QualityOfReading, UnitSymbolKind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.readings.channels import VOLTAGE

FORMAT = "green-button"
ATOM, ESPI = "http://www.w3.org/2005/Atom", "http://naesb.org/espi"
OURS = "urn:wattloop:readings"
"""Namespace of what only we write: the point's own name, in a usage point's `extension`."""

WH, VARH, W, VAR, V = 72, 73, 38, 63, 29
FORWARD, REVERSE = 1, 19
OF_ENERGY, OF_DEMAND, OF_VOLTAGE = 12, 8, 54
DELTA, INDICATING = 4, 6
EDITED_BY_HAND, ESTIMATED_BY_LIKE_DAY = 7, 8
ESTIMATES = {"8", "9", "12"}
"""Qualities of a reading that was not read: estimated by a like day, by interpolation, projected."""
QUESTIONABLE = "10"

_ELECTRICITY = {0, 1, 2, 26}
_IN, _OUT = {0, FORWARD}, {REVERSE}
# Reactive energy drawn is that of the upper two quadrants, given back that of the lower two.
_FLOWS = {"active": (_IN, _OUT), "reactive": (_IN | {5}, _OUT | {13})}
_ENERGY = {WH: "active", VARH: "reactive"}
_POWER = {W: "active", VAR: "reactive"}
_SERVICES = ("electricity", "gas", "water", "time", "heat", "refuse", "sewerage", "rates", "television", "internet")
_REGISTERS = {1, 2, 3, 9, 13, 14}
_NOT_A_MEAN = {4, 5, 7, 8, 9, 11, 16, 17, 23, 24, 25}


@dataclass(frozen=True)
class Meaning:
    """What the readings of a type are to a lake.

    Args:
        channel: the channel; empty where the lake has none for them.
        per_unit: what one unit of a reading is: Wh or varh, of power those of an hour; 0.1 V.
        is_power: average power, which becomes energy by the interval's length.
        why_not: why the lake has no channel for them, in words.
        assumed: what was not said and is assumed, in words.
    """

    channel: str = ""
    per_unit: float = 1.0
    is_power: bool = False
    why_not: str = ""
    assumed: str = ""


def meaning(said: Mapping[str, int], service: int | None) -> Meaning:
    """What a ReadingType says of its readings.

    Args:
        said: its codes by name.
        service: `kind` of the usage point's ServiceCategory, where it says one.
    """
    commodity, uom = said.get("commodity", 0), said.get("uom", 0)
    if service:
        return Meaning(why_not=_SERVICES[service] if service < len(_SERVICES) else f"service of kind {service}")
    if commodity not in _ELECTRICITY or (not commodity and service is None):
        return Meaning(why_not=f"not electricity (commodity {commodity})")
    if said.get("tou") or said.get("consumptionTier") or said.get("cpp"):
        return Meaning(why_not="of one time-of-use period or tier alone")
    accumulation, qualifier = said.get("accumulationBehaviour", 0), said.get("dataQualifier", 0)
    if accumulation in _REGISTERS:
        return Meaning(why_not=f"a register, not intervals (accumulationBehaviour {accumulation})")
    if qualifier in _NOT_A_MEAN:
        return Meaning(why_not=f"neither sums nor means (dataQualifier {qualifier})")
    scale = 10.0 ** said.get("powerOfTenMultiplier", 0)
    if uom == V:
        return Meaning(VOLTAGE, 10 * scale)
    kind = _ENERGY.get(uom) or _POWER.get(uom)
    if kind is None:
        return Meaning(why_not=f"in a unit that no channel has (uom {uom})")
    # Demand is the mean of its interval, however it is said to accumulate; other power of a moment is not.
    if accumulation not in {0, DELTA} and not (uom in _POWER and said.get("kind") == OF_DEMAND):
        return Meaning(why_not=f"values of a moment, not of intervals (accumulationBehaviour {accumulation})")
    return _directed(kind, said.get("flowDirection", 0), scale, is_power=uom in _POWER)


def _directed(kind: str, flow: int, scale: float, *, is_power: bool) -> Meaning:
    drawn, given_back = _FLOWS[kind]
    if flow not in drawn | given_back:
        return Meaning(why_not=f"neither drawn nor given back alone (flowDirection {flow})")
    assumed = "" if flow else "the file does not say which way energy flows: taken as drawn"
    return Meaning(f"{kind}_{'in' if flow in drawn else 'out'}", scale, is_power, assumed=assumed)


WRITTEN: dict[str, dict[str, int]] = {
    channel: {
        "accumulationBehaviour": DELTA, "commodity": 1, "dataQualifier": 12,
        "flowDirection": FORWARD if channel.endswith("_in") else REVERSE, "kind": OF_ENERGY,
        "powerOfTenMultiplier": 0, "uom": WH if channel.startswith("active") else VARH,
    }
    for channel in (ACTIVE_IN, "active_out", "reactive_in", "reactive_out")
} | {
    VOLTAGE: {
        "accumulationBehaviour": INDICATING, "commodity": 1, "dataQualifier": 2, "flowDirection": 0, "kind": OF_VOLTAGE,
        "powerOfTenMultiplier": -1, "uom": V,
    }
}  # fmt: skip
"""What a ReadingType says of each channel, when we write it."""
