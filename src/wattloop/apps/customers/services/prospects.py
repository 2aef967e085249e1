"""Prospects: who may be supplied later."""

from __future__ import annotations

from typing import Any

from wattloop.apps.customers.models import Prospect
from wattloop.apps.enterprise import gate
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity.refusal import Refused

CHANGE = "customers.prospect.change"
_ENDED = (Prospect.Stage.CONNECTED, Prospect.Stage.LOST)


@service
def register_prospect(*, by: Actor, number: str = "", **fields: Any) -> Prospect:
    """Note somebody who may be supplied later.

    Raises:
        Refused: where the number is taken.
    """
    gate.require(by, CHANGE, fields["unit"])
    number = number or _free_number()
    if Prospect.objects.filter(number=number).exists():
        raise Refused(f"there is a prospect {number} already", "Give another number, or none.", field="number")
    prospect: Prospect = Prospect.objects.create(number=number, **fields)
    audit("customers.prospect.register", prospect, by=by, after={"number": number, **fields})
    return prospect


def _free_number() -> str:
    last = Prospect.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    number = last + 1
    while Prospect.objects.filter(number=f"P{number:05d}").exists():
        number += 1
    return f"P{number:05d}"


@service
def change_prospect(prospect: Prospect, *, by: Actor, **fields: Any) -> Prospect:
    """Change what is known of a prospect, its stage among it; what is connected is sure, what is lost is not."""
    gate.require(by, CHANGE, prospect.unit)
    if "unit" in fields:
        gate.require(by, CHANGE, fields["unit"])
    stage = fields.get("stage", prospect.stage)
    if stage in _ENDED:
        fields["chance_percent"] = 100 if stage == Prospect.Stage.CONNECTED else 0
    before, after = changed(prospect, **fields)
    if after:
        audit("customers.prospect.change", prospect, by=by, before=before, after=after)
    return prospect
