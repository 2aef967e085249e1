"""Everything that changes grid places and who is supplied by which."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.network.models import Area, Feeder, Supply
from wattloop.apps.network.tables import refuse_overlaps
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity.refusal import Refused

CHANGE = "network.place.change"


@service
def set_area(*, by: Actor, area: Area | None = None, **fields: Any) -> Area:
    """Add a transformer area, or change one.

    Raises:
        Refused: where another has its code.
    """
    made: Area = _set(Area, "network.area", area, by, fields)
    return made


@service
def set_feeder(*, by: Actor, feeder: Feeder | None = None, **fields: Any) -> Feeder:
    """Add a feeder, or change one.

    Raises:
        Refused: where another has its code.
    """
    made: Feeder = _set(Feeder, "network.feeder", feeder, by, fields)
    return made


def _set(model: Any, action: str, place: Any, by: Actor, fields: dict[str, Any]) -> Any:
    for unit in {place.unit if place is not None else None, fields.get("unit")} - {None}:
        gate.require(by, CHANGE, unit)
    code = fields.get("code", place.code if place is not None else "")
    others = model.objects.filter(code=code)
    if (others if place is None else others.exclude(pk=place.pk)).exists():
        raise Refused(f"{code} is there already", "Give another code.", field="code")
    if place is None:
        place = model.objects.create(**fields)
        audit(f"{action}.add", place, by=by, after=fields)
    else:
        before, after = changed(place, **fields)
        if after:
            audit(f"{action}.change", place, by=by, before=before, after=after)
    return place


@service
def set_supply(agreement: Agreement, *, rank: str, on: dt.date, by: Actor, **told: Any) -> Supply:
    """From a day on, an area or a feeder supplies an agreement; what did at that rank ends the day before.

    Args:
        agreement: who is supplied.
        rank: main, second or own.
        on: the first day.
        by: who does it.
        **told: `area` or `feeder`, `capacity_va`, `note`.

    Raises:
        Refused: where nothing supplies it, or another supply of that rank begins on that day or later.
    """
    gate.require(by, CHANGE, agreement.unit)
    Agreement.objects.select_for_update().get(pk=agreement.pk)
    held = list(Supply.objects.filter(agreement=agreement, rank=rank))
    later = next((s for s in held if s.valid_from and s.valid_from >= on), None)
    if later is not None:
        raise Refused(f"a {rank} supply begins on {later.valid_from} already", "Name a later day.", field="on")
    made = Supply(agreement=agreement, rank=rank, valid_from=on, **told)
    for former in held:
        if former.valid_to is None or former.valid_to >= on:
            former.valid_to = on - dt.timedelta(days=1)
            former.save(update_fields=["valid_to"])
    refuse_overlaps([*held, made])
    made.save()
    after = {"rank": rank, "from": on, "area": _code(made.area), "feeder": _code(made.feeder)}
    audit("network.supply.set", agreement, by=by, after=after)
    return made


def _code(place: Area | Feeder | None) -> str | None:
    return None if place is None else str(place.code)


@service
def end_supply(supply: Supply, *, on: dt.date, by: Actor) -> Supply:
    """End a supply: `on` is its last day.

    Raises:
        Refused: where it begins later or has ended.
    """
    gate.require(by, CHANGE, supply.agreement.unit)
    if supply.valid_to is not None or (supply.valid_from and on < supply.valid_from):
        raise Refused(f"the supply holds from {supply.valid_from} to {supply.valid_to or '…'}", field="on")
    before, after = changed(supply, valid_to=on)
    audit("network.supply.end", supply.agreement, by=by, before=before, after=after)
    return supply
