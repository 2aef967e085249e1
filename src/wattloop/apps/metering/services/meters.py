"""Meters hung, exchanged and taken down: a point has one on a day, and a meter hangs at one point."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wattloop.apps.customers.models import UsagePoint
from wattloop.apps.enterprise import gate
from wattloop.apps.metering.models import Installation, Meter
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity.refusal import Refused

CHANGE = "metering.meter.exchange"
_DAY = dt.timedelta(days=1)
Registers = dict[str, int]
"""{register: Wh or varh that it stood at, without the multiplier}."""


@service
def hang_meter(
    point: UsagePoint, number: str, *, on: dt.date, by: Actor, multiplier_thousandths: int = 1000,
    first: Registers | None = None, reason: str = "", **told: Any,
) -> Installation:  # fmt: skip
    """Hang a meter at a point that has none from that day on.

    Args:
        point: where.
        number: of the meter; one that nobody knows is made, with `told` (model, maker, digits and so on).
        on: its first day.
        by: who does it.
        multiplier_thousandths: 倍率 × 1,000.
        first: what its registers stood at.
        reason: why.

    Raises:
        Refused: where a meter hangs at the point then, or the meter hangs elsewhere.
    """
    _require(point, by)
    made = _hang(point, number, on, multiplier_thousandths, first or {}, reason, told)
    after = {"meter": number, "on": on, "multiplier": multiplier_thousandths / 1000, "first": first or {}}
    audit("metering.meter.hang", point, by=by, after=after, note=reason, unit_path=point.agreement.unit.path)
    return made


@service
def exchange_meter(
    point: UsagePoint, number: str, *, on: dt.date, last: Registers, first: Registers, by: Actor,
    multiplier_thousandths: int | None = None, reason: str = "", **told: Any,
) -> Installation:  # fmt: skip
    """Exchange the meter of a point: the old one's last day is the day before `on`.

    Args:
        point: where.
        number: of the new meter.
        on: the new meter's first day.
        last, first: what the old and the new meter's registers stood at.
        by: who does it.
        multiplier_thousandths: of the new one; the old one's by default.
        reason: why.

    Raises:
        Refused: where no meter hangs there, it was hung on that day or later, or a register went backwards.
    """
    _require(point, by)
    old = _hanging(point)
    if on <= old.valid_from:
        raise Refused(
            f"meter {old.meter.number} was hung on {old.valid_from}, and is exchanged a day later at the earliest",
            "Two exchanges on one day are one, from the first meter to the last.", field="on",
        )  # fmt: skip
    _refuse_backwards(old, last)
    changed(old, valid_to=on - _DAY, last=last)
    multiplier = multiplier_thousandths or old.multiplier_thousandths
    made = _hang(point, number, on, multiplier, first, reason, told)
    audit(
        "metering.meter.exchange", point, by=by,
        before={"meter": old.meter.number, "last": last, "multiplier": old.multiplier_thousandths / 1000},
        after={"meter": number, "on": on, "first": first, "multiplier": multiplier / 1000},
        note=reason, unit_path=point.agreement.unit.path,
    )  # fmt: skip
    return made


@service
def take_down_meter(point: UsagePoint, *, on: dt.date, last: Registers, by: Actor, reason: str = "") -> Installation:
    """Take the meter of a point down: `on` is its last day.

    Raises:
        Refused: where none hangs there, it was hung later, or a register went backwards.
    """
    _require(point, by)
    old = _hanging(point)
    if on < old.valid_from:
        raise Refused(f"meter {old.meter.number} was hung on {old.valid_from}, after that day", field="on")
    _refuse_backwards(old, last)
    changed(old, valid_to=on, last=last)
    after = {"meter": old.meter.number, "last day": on, "last": last}
    audit("metering.meter.take-down", point, by=by, after=after, note=reason, unit_path=point.agreement.unit.path)
    return old


def _require(point: UsagePoint, by: Actor) -> None:
    gate.require(by, CHANGE, point.agreement.unit)
    UsagePoint.objects.select_for_update().get(pk=point.pk)


def _hanging(point: UsagePoint) -> Installation:
    found: Installation | None = (
        Installation.objects.filter(point=point, valid_to__isnull=True).select_related("meter").first()
    )
    if found is None:
        raise Refused(f"no meter hangs at {point.number}", "Hang one.", field="on")
    return found


def _hang(
    point: UsagePoint, number: str, on: dt.date, multiplier: int, first: Registers, reason: str, told: dict[str, Any]
) -> Installation:
    meter, _ = Meter.objects.get_or_create(number=number, defaults=told)
    for other in Installation.objects.filter(meter=meter).select_related("point"):
        if other.valid_to is None or other.valid_to >= on:
            said = f"meter {number} hangs at point {other.point.number} until {other.valid_to or 'now'}"
            raise Refused(said, "Take it down there before.", field="number")
    for other in Installation.objects.filter(point=point).select_related("meter"):
        if other.valid_to is None or other.valid_to >= on:
            said = f"meter {other.meter.number} hangs at {point.number} until {other.valid_to or 'now'}"
            raise Refused(said, "Exchange it.", field="on")
    made: Installation = Installation.objects.create(
        meter=meter, point=point, valid_from=on, multiplier_thousandths=multiplier, first=first, reason=reason
    )
    return made


def _refuse_backwards(old: Installation, last: Registers) -> None:
    """A register that stands lower than when it was hung has rolled over: that its digits have to allow for."""
    for register, value in last.items():
        if value < 0 or value >= 10**old.meter.digits * 1000:
            said = f"{register} {value / 1000:,.2f} has more than the {old.meter.digits} digits of the meter"
            raise Refused(said, "Write it as the meter shows it, without the multiplier.", field="last")
        begun = old.first.get(register)
        if begun is not None and value < begun < 10**old.meter.digits * 900:
            said = f"{register} went backwards, from {begun / 1000:,.2f} to {value / 1000:,.2f}"
            raise Refused(said, "Read it again.", field="last")
