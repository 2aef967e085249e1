"""What registers counted, and what a contract fixes without any meter, as a bill carries them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.bills import EMPTY
from wattloop.library.rating.charges.demand import FLAT
from wattloop.library.rating.explanation.grounds import calendars_of, period_names
from wattloop.library.rating.measuring.determined import Determined
from wattloop.library.rating.measuring.intervals import Measured
from wattloop.library.rating.measuring.plan import CONTRACT, Plan, demand_calendars
from wattloop.library.rating.measuring.register_quantities import DEMAND
from wattloop.library.rating.measuring.registers import RegisterScan
from wattloop.library.tariffs.compiled import Tariff

SHOWN = ("meter", "register", "from", "to", "last", "this", "multiplier")


def thousandth(value: int) -> str:
    """Wh or W as kWh or kW."""
    return f"{Decimal(value).scaleb(-3):f}"


def by_register(scan: RegisterScan, measured: Measured, row: int) -> dict[str, Any]:
    """What the registers of one point counted in one segment, with the readings themselves."""
    plan, leg, piece = scan.plan, int(measured.number[row]), int(measured.bill[row])
    whole, period = int(scan.legs[leg]), plan.periods[piece]
    tariff = plan.variants[int(plan.variant_at[scan.schedule_of[leg], piece])]
    point = scan.points[leg].as_py()
    table = plan.source.registers(period.start, period.end, pa.array([point]))
    rows = table.filter(pc.equal(table["point"], point)).to_pylist()
    return {
        "part": int(plan.parts.legs.part[whole]),
        "point": point,
        "sign": int(plan.parts.legs.sign[whole]),
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "source": "registers",
        "readings": int(measured.slots[row]),
        "expected": int(measured.expected[row]),
        "estimated": None,
        "energy": _energy(tariff, measured.energy[row]),
        "demand": _demand(plan, measured, row, tariff, rows),
        "registers": [
            {**{name: _plain(one[name]) for name in SHOWN}, "quantity": thousandth(one["quantity"])} for one in rows
        ],
    }


def _plain(value: Any) -> str:
    """As text; a maximum has no last reading."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _energy(tariff: Tariff, energy: Whole) -> dict[str, str]:
    return {name: thousandth(wh) for name, wh in zip(tariff.calendar.periods, energy.tolist(), strict=False)}


def _demand(
    plan: Plan, measured: Measured, row: int, tariff: Tariff, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    local, found = calendars_of(tariff), []
    for (number, block), maxima in measured.demand.items():
        if number != FLAT and number not in demand_calendars(plan, tariff, block):
            continue
        own = FLAT if number == FLAT else next(at for key, at in local.of.items() if plan.calendars.of[key] == number)
        names = period_names([calendar for calendar, _ in plan.calendars.list], number)
        watts = dict(zip(names, maxima[row, : len(names)].tolist(), strict=True))
        at = {}
        for name, value in watts.items():
            register = DEMAND if number == FLAT else f"{DEMAND}:{name}"
            reached = [r["at"] for r in rows if (r["register"], r["quantity"]) == (register, value) and r["at"]]
            if reached:
                at[name] = reached[0].isoformat()
        kw = {name: None if value == EMPTY else thousandth(value) for name, value in watts.items()}
        found.append({"calendar": own, "block": block, "minutes": 0, "kW": kw, "at": at})
    return sorted(found, key=lambda one: (one["block"], one["calendar"]))


def agreed(plan: Plan, found: Determined, rows: Whole, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a contract adds to a part of the agreement, or takes out of it: all that its meters did not count."""
    legs, made = plan.parts.legs, []
    contract = np.flatnonzero(plan.slots_of == CONTRACT)
    for row in rows.tolist():
        part, period = int(found.number[row]), plan.periods[int(found.bill[row])]
        points = sorted({legs.point[leg].as_py() for leg in contract.tolist() if _of(plan, leg, part)})
        if not points:
            continue
        tariff = plan.variants[int(plan.variant_at[plan.schedule_of[part], found.bill[row]])]
        energy = {}
        for name, kwh in _energy(tariff, found.energy[row]).items():
            mine = [one for one in told if (one["part"], one["start"]) == (part, period.start.isoformat())]
            counted = sum((one["sign"] * Decimal(one["energy"].get(name, "0")) for one in mine), Decimal(0))
            energy[name] = Decimal(kwh) - counted
        sign = -1 if sum(energy.values()) < 0 else 1
        made.append(
            {
                "part": part,
                "point": ", ".join(points),
                "sign": sign,
                "start": period.start.isoformat(),
                "end": period.end.isoformat(),
                "source": "contract",
                "readings": 0,
                "expected": 0,
                "estimated": None,
                "energy": {name: f"{sign * kwh + 0:f}" for name, kwh in energy.items()},
                "demand": [],
            }
        )
    return made


def _of(plan: Plan, leg: int, part: int) -> bool:
    """Whether a leg that a contract fixes is of a part, or taken out of it."""
    own = int(plan.parts.legs.part[leg])
    return part in (own, int(plan.parts.before[own]))
