"""Usage points of an agreement: they come, and they go."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wattloop.apps.customers.holding import held, refuse_billed, refuse_taken
from wattloop.apps.customers.models import Agreement, UsagePoint
from wattloop.apps.customers.services.agreements import CHANGE
from wattloop.apps.customers.tables.terms import check_points
from wattloop.apps.enterprise import gate
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity.refusal import Refused


@service
def add_point(
    agreement: Agreement, *, number: str, on: dt.date, by: Actor, reason: str = "", **told: Any
) -> UsagePoint:
    """Add a usage point from a day on.

    Args:
        agreement: whose energy it measures.
        number: as readings name it.
        on: its first day.
        by: who does it.
        reason: why; needed where days are billed from then on.
        **told: `behind` (a point), `tariff`, `source`, `fixed_wh`, `share_millionths`, `out_of`, `address`.

    Raises:
        Refused: where the point is there, is another agreement's then, cannot stand there, or those days are billed.
    """
    gate.require(by, CHANGE, agreement.unit)
    agreement = held(agreement)
    points = list(agreement.points.select_related("behind"))
    if any(point.number == number for point in points):
        raise Refused(f"{number} is a point of the agreement already", "Give another number.", field="number")
    refuse_billed(agreement, on, by=by, reason=reason)
    refuse_taken(number, agreement, on, None)
    made = UsagePoint(agreement=agreement, number=number, valid_from=on, **told)
    check_points([(p, p.behind.number if p.behind_id else None) for p in (*points, made)])
    made.save()
    audit("customers.agreement.point", agreement, by=by, after={"point": number, "from": on}, note=reason)
    return made


@service
def end_point(point: UsagePoint, *, on: dt.date, by: Actor, reason: str = "") -> UsagePoint:
    """End a usage point: `on` is its last day.

    Raises:
        Refused: where it begins later, ends earlier, is billed beyond that day, or others stand behind it longer.
    """
    agreement = point.agreement
    gate.require(by, CHANGE, agreement.unit)
    held(agreement)
    if point.valid_from and on < point.valid_from:
        raise Refused(f"{point.number} begins on {point.valid_from}, after that day", field="on")
    if point.valid_to and point.valid_to <= on:
        raise Refused(f"{point.number} ends on {point.valid_to} already", field="on")
    refuse_billed(agreement, on + dt.timedelta(days=1), by=by, reason=reason)
    longer = [child.number for child in point.children.all() if child.valid_to is None or child.valid_to > on]
    if longer:
        raise Refused(f"{longer[0]} stands behind {point.number}", "End it first.", field="on")
    before, after = changed(point, valid_to=on)
    told = {"point": point.number}
    audit("customers.agreement.point-ended", agreement, by=by, before=told | before, after=told | after, note=reason)
    return point
