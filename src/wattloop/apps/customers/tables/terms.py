"""What must hold of an agreement as a whole: its versions follow each other, its points stand behind one another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from wattloop.apps.customers import billed
from wattloop.apps.customers.importing.tables import Group, Thing
from wattloop.apps.customers.models import Agreement, UsagePoint
from wattloop.library.quantity.refusal import Refused

_DAY = dt.timedelta(days=1)
_AGREEMENT, _VERSIONS, _POINTS = range(3)


def prepare_agreements(groups: Sequence[Group]) -> None:
    """Ask once for all: up to when each is billed, and which of their points others have."""
    ids = dict(Agreement.objects.filter(number__in=[g.key for g in groups]).values_list("number", "pk"))
    days = billed.until(ids.values())
    numbers = {row.values["point"] for g in groups for row in g.rows if row.values.get("point")}
    others: dict[str, list[tuple[str, dt.date | None, dt.date | None]]] = {}
    rows = UsagePoint.objects.filter(number__in=numbers).exclude(
        Q(agreement__state=Agreement.State.CLOSED) & Q(agreement__closed_on__isnull=True)
    )
    for number, agreement, start, end, closed in rows.values_list(
        "number", "agreement__number", "valid_from", "valid_to", "agreement__closed_on"
    ):
        others.setdefault(number, []).append((agreement, start, min(filter(None, (end, closed)), default=None)))
    given: dict[str, Any] = {}
    for group in groups:
        group.known["billed"] = days.get(ids.get(group.key, 0))
        group.known["points"] = others
        group.known["given"] = given


def check_agreement(group: Group) -> None:
    """Refuse what no agreement can be; let each version end where the next begins.

    Raises:
        Refused: naming days or points.
    """
    made: Any = group.of(_AGREEMENT)[0].made
    if made.reading_day is None:
        made.reading_day = 1
    versions, points = group.of(_VERSIONS), group.of(_POINTS)
    if not versions or not points:
        missing, field = ("version", "valid-from") if not versions else ("point", "point")
        raise Refused(f"agreement {group.key} has no {missing}", "Give it one.", field=field)
    if made.opened_on and made.closed_on and made.closed_on < made.opened_on:
        raise Refused(f"agreement {group.key} is closed before it is opened", field="closed-on")
    for version in versions:
        if version.made.customer_id is None:
            version.made.customer = made.customer
    order_versions([v.made for v in versions], {id(v.made) for v in versions if v.told.get("valid-to")})
    _refuse_billed(group, versions)
    check_points([(p.made, p.told.get("behind") if "behind" in p.told else _behind(p)) for p in points])
    _refuse_shared(group, points, made)


def _behind(thing: Thing) -> str:
    other = getattr(thing.held, "behind", None)
    return other.number if other is not None else ""


def order_versions(versions: list[Any], told: set[int] | frozenset[int] = frozenset()) -> None:
    """Let each version end on the day before the next begins.

    Args:
        versions: of one agreement; their `valid_to` is set.
        told: `id()` of those whose end somebody named: they are not shortened.

    Raises:
        Refused: where two overlap, one ends before it begins, or days lie between two.
    """
    versions.sort(key=lambda v: v.valid_from)
    for version, following in zip(versions, [*versions[1:], None], strict=True):
        if version.valid_to is not None and version.valid_to < version.valid_from:
            raise Refused(
                f"the version of {version.valid_from} ends before it begins", "Exchange the dates.", field="valid-to"
            )
        if following is None:
            continue
        if following.valid_from == version.valid_from:
            raise Refused(f"two versions begin on {version.valid_from}", "Keep one of them.", field="valid-from")
        end = following.valid_from - _DAY
        if version.valid_to is None or (version.valid_to > end and id(version) not in told):
            version.valid_to = end
        elif version.valid_to > end:
            raise Refused(
                f"the versions of {version.valid_from} and {following.valid_from} overlap",
                f"The first ends on {end} at the latest.", field="valid-to",
            )  # fmt: skip
        elif version.valid_to < end:
            raise Refused(
                f"no version holds from {version.valid_to + _DAY} to {end}",
                f"Let the version of {version.valid_from} end on {end}, or the next begin earlier.", field="valid-to",
            )  # fmt: skip


_TERMS = (
    "customer_id", "tariff", "customer_class", "voltage", "market", "demand_method", "capacity_va", "contract_w",
    "options", "allowances",
)  # fmt: skip


def _refuse_billed(group: Group, versions: list[Thing]) -> None:
    until: dt.date | None = group.known.get("billed")
    if until is None:
        return
    for thing in versions:
        made: Any = thing.made
        held: Any = thing.held
        terms = held is None or any(getattr(held, name) != getattr(made, name) for name in _TERMS)
        if terms and made.valid_from <= until:
            refuse_if_billed(made.valid_from, until)
        if held is not None and held.valid_to != made.valid_to:
            ends = min(filter(None, (held.valid_to, made.valid_to)))
            if ends < until:
                refuse_if_billed(ends + _DAY, until)


def refuse_if_billed(begins: dt.date, until: dt.date | None) -> None:
    """Refuse terms that would change days which are billed.

    Raises:
        Refused: naming the day from which they may.
    """
    if until is not None and begins <= until:
        raise Refused(
            f"days up to {until} are billed, and the terms would change from {begins}",
            f"Begin on {until + _DAY} or later; who may correct billed days does it there, with a reason.",
            field="valid-from",
        )  # fmt: skip


def check_points(points: list[tuple[Any, str | None]]) -> None:
    """Refuse points that cannot measure an agreement.

    Args:
        points: each with the number of the point it stands behind.

    Raises:
        Refused: naming the point.
    """
    names = {point.number for point, _ in points}
    behind = {point.number: other for point, other in points if other}
    for point, other in points:
        agreed = point.fixed_wh is not None or point.share_millionths is not None
        if other and (other not in names or other == point.number):
            raise Refused(f"{other} is no other point of the agreement", "Name one of its points.", field="behind")
        if point.fixed_wh is not None and point.share_millionths is not None:
            raise Refused(f"{point.number} has a fixed amount and a share", "Keep one of them.", field="share-percent")
        if agreed and point.source:
            raise Refused(f"what {point.number} counts is agreed on, not measured", "Empty it.", field="source")
        if agreed and (not point.tariff or (point.share_millionths is not None and not other)):
            said = f"the agreed energy of {point.number} needs a tariff, a share also the point it is behind"
            raise Refused(said, "Fill them in.", field="point-tariff")
        if point.share_millionths is not None and point.share_millionths > 1_000_000:
            raise Refused(f"the share of {point.number} is above 100 %", field="share-percent")
        if point.out_of and (point.fixed_wh is None or not other):
            raise Refused("a period to take out of goes with a fixed amount behind a meter", field="out-of")
        if point.valid_from and point.valid_to and point.valid_to < point.valid_from:
            raise Refused(f"{point.number} ends before it begins", "Exchange the dates.", field="point-to")
    for first in behind:
        at, steps = behind.get(first), 0
        while at is not None and steps <= len(behind):
            at, steps = behind.get(at), steps + 1
        if at is not None:
            raise Refused("points stand behind each other in a ring", "One has to be the first.", field="behind")


def _refuse_shared(group: Group, points: list[Thing], agreement: Any) -> None:
    if agreement.state == Agreement.State.CLOSED and agreement.closed_on is None:
        return
    given = group.known["given"]
    for thing in points:
        point: Any = thing.made
        end = min(filter(None, (point.valid_to, agreement.closed_on)), default=None)
        for other, start, until in [*group.known["points"].get(point.number, []), *given.get(point.number, [])]:
            if other != group.key and _meet(point.valid_from, end, start, until):
                raise Refused(
                    f"point {point.number} belongs to agreement {other} on the same days",
                    "Let it end there before it begins here.", field="point",
                )  # fmt: skip
        given.setdefault(point.number, []).append((group.key, point.valid_from, end))


def _meet(start: dt.date | None, end: dt.date | None, other: dt.date | None, until: dt.date | None) -> bool:
    return (start is None or until is None or start <= until) and (other is None or end is None or other <= end)
