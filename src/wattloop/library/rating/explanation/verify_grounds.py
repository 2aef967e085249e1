"""Whether what a bill was priced by follows from what its points counted and what its agreement owns."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from wattloop.library.rating.agreements.model import ABSENT
from wattloop.library.rating.agreements.transformers import billed_capacity
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.charges.demand import FLAT
from wattloop.library.rating.explanation import grounds
from wattloop.library.rating.explanation.grounds import Grounds, Priced


def legs_that_differ(measured: list[Mapping[str, Any]], priced: list[Mapping[str, Any]]) -> list[str]:
    """Rows whose energy or maxima are not what their points counted."""
    found = []
    for row in (row for one in priced for row in one["rows"] if row["priced"]):
        mine = [leg for leg in measured if (leg["part"], leg["start"]) == (row["part"], row["start"])]
        for name, kwh in row["energy"].items():
            if sum(leg["sign"] * Decimal(leg["energy"].get(name, 0)) for leg in mine) != Decimal(kwh):
                found.append(f"energy of {name} from {row['start']} is not what the points counted")
        spans = _spans(row, [one for part in priced for one in part["rows"]])
        for told in (one for one in row["demand"] if one["calendar"] != grounds.ELSEWHERE):
            for name, kw in told["kW"].items():
                known = [_maximum(measured, row["part"], span, told, name) for span in spans]
                if (None if kw is None else Decimal(kw)) not in known:
                    found.append(f"the maximum of {name} from {row['start']} is not what the points reached")
    return found


def _spans(row: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> list[list[str]]:
    """The first days of the pieces of its bill that a row's maximum may be of: some that adjoin, itself among them."""
    starts = sorted({one["start"] for one in rows if (one["part"], one["bill"]) == (row["part"], row["bill"])})
    at = starts.index(row["start"])
    return [starts[low:high] for low in range(at + 1) for high in range(at + 1, len(starts) + 1)]


def _maximum(
    measured: list[Mapping[str, Any]], part: int, starts: list[str], of: Mapping[str, Any], name: str
) -> Decimal | None:
    """What the meters of a part reached in some pieces of a bill, each its own maximum, added up."""
    reached: dict[str, Decimal] = {}
    for leg in measured:
        if leg["part"] != part or leg["start"] not in starts or leg["sign"] < 0:
            continue
        for told in (one for one in leg["demand"] if one["block"] == of["block"]):
            whole = of["calendar"] == FLAT
            kw = [w for period, w in told["kW"].items() if w is not None and (whole or period == name)]
            if kw and (whole or told["calendar"] == of["calendar"]):
                reached[leg["point"]] = max(reached.get(leg["point"], Decimal(0)), *map(Decimal, kw))
    return sum(reached.values(), Decimal(0)) if reached else None


def power_that_differs(ground: Grounds) -> list[str]:
    """Rows whose power factor is of other energy than the meters that stand first counted."""
    found = []
    for priced in (one for one in ground.priced if one.tariff.power_factor is not None):
        for at in _own(priced, ground):
            held = (priced.bills.active, priced.bills.reactive)
            legs = _weighing(ground, priced, at)
            for name, column in zip(("active", "reactive"), held, strict=True):
                counted = sum((Decimal(leg["power"][name]) for leg in legs), Decimal(0))
                if column is None or counted != Decimal(int(column[at])).scaleb(-3):
                    start = priced.bills.periods[int(priced.bills.period[at])].start
                    found.append(f"{name} energy of the power factor from {start} is not what the points counted")
    return found


def _own(priced: Priced, ground: Grounds) -> list[int]:
    bills = priced.bills
    rows: list[int] = np.flatnonzero(bills.mine & (bills.bill == ground.bill)).tolist()
    return rows


def _weighing(ground: Grounds, priced: Priced, at: int) -> list[Mapping[str, Any]]:
    """What points counted towards the power factor of a row: over the bill, or the days of its variant."""
    bills, rule = priced.bills, priced.tariff.power_factor
    part = int(bills.number[at])
    together = (bills.bill == ground.bill) & (bills.number == part)
    if rule is not None and rule.over == "segment":
        together &= bills.mine
    starts = {bills.periods[piece].start.isoformat() for piece in bills.period[together].tolist()}
    return [
        leg
        for leg in ground.measured
        if leg["start"] in starts and leg.get("power") is not None and part in leg["power"]["parts"]
    ]


def capacity_that_differs(ground: Grounds) -> list[str]:
    """Rows whose capacity is not that of the transformers in service on their days."""
    found: list[str] = []
    if not ground.transformers:
        return found
    for priced in ground.priced:
        bills, versions = priced.bills, ground.versions
        for at in _own(priced, ground):
            version = ABSENT if bills.version is None else int(bills.version[at])
            if version == ABSENT or versions.tariff[version].as_py() != priced.tariff.id:
                continue
            start = bills.periods[int(bills.period[at])].start
            billed = billed_capacity(ground.transformers, priced.tariff.suspension, (start - EPOCH).days)
            if billed != int(versions.capacity[version]):
                found.append(f"the capacity from {start} is not that of the transformers in service")
    return found
