"""Files of meters, and of where each hangs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from wattloop.apps.customers.importing.cells import DAY, parts_of_one, text, whole
from wattloop.apps.customers.importing.tables import Column, Group, Part, Table, offer
from wattloop.apps.metering.models import Installation
from wattloop.library.quantity.refusal import Refused

_DAY = dt.timedelta(days=1)


def prepare_meters(groups: Sequence[Group]) -> None:
    """Ask once for all which meters hang at the points that the rows name."""
    points = {row.values["@point"].pk for g in groups for row in g.rows if row.values.get("@point")}
    hanging: dict[int, list[tuple[str, dt.date, dt.date | None]]] = {}
    rows = Installation.objects.filter(point__in=points)
    for point, meter, start, end in rows.values_list("point_id", "meter__number", "valid_from", "valid_to"):
        hanging.setdefault(point, []).append((meter, start, end))
    given: dict[int, list[tuple[str, dt.date, dt.date | None]]] = {}
    for group in groups:
        group.known.update(hanging=hanging, given=given, told={g.key for g in groups})


def check_meter(group: Group) -> None:
    """A meter hangs at one place on a day, and a place has one meter.

    Raises:
        Refused: naming the days.
    """
    meter: Any = group.of(0)[0].made
    meter.digits = meter.digits or 6
    hung = sorted(group.of(1), key=lambda t: t.made.valid_from)
    for thing, following in zip(hung, [*hung[1:], None], strict=True):
        one: Any = thing.made
        if one.multiplier_thousandths is None:
            one.multiplier_thousandths = 1000
        if one.valid_to is not None and one.valid_to < one.valid_from:
            said = f"meter {group.key} is taken down on {one.valid_to} before it is hung on {one.valid_from}"
            raise Refused(said, "Exchange the dates.", field="valid-to")
        other: Any = following.made if following is not None else None
        if other is not None and (one.valid_to is None or one.valid_to >= other.valid_from):
            said = f"meter {group.key} hangs at two points on {other.valid_from}"
            raise Refused(said, f"Let it be taken down on {other.valid_from - _DAY} at the latest.", field="valid-to")
        if thing.differences or thing.told or thing.new:
            _refuse_taken(group, one)


def _refuse_taken(group: Group, one: Any) -> None:
    given = group.known["given"]
    held = [h for h in group.known["hanging"].get(one.point_id, []) if h[0] not in group.known["told"]]
    for meter, start, end in [*held, *given.get(one.point_id, [])]:
        if (
            meter != group.key
            and (end is None or one.valid_from <= end)
            and (one.valid_to is None or start <= one.valid_to)
        ):
            said = f"meter {meter} hangs at point {one.point.number} on the same days, from {start}"
            raise Refused(said, "Let it be taken down the day before.", field="valid-from")
    given.setdefault(one.point_id, []).append((group.key, one.valid_from, one.valid_to))


METERS = offer(Table(
    "meters",
    _("meters"),
    (
        Column("meter", "电能表编号", text(40), "number", ("表号", "电能表", "资产编号", "number")),
        Column("maker", "生产厂家", text(60), "maker", ("厂家", "manufacturer")),
        Column("model", "型号", text(60), "model", ("规格型号",)),
        Column("accuracy", "准确度等级", text(20), "accuracy"),
        Column("digits", "示数位数", whole(1, 12), "digits"),
        Column("made-in", "出厂年份", whole(1900, 2200), "made_in"),
        Column("tested-on", "检定日期", DAY, "tested_on"),
        Column("note", "备注", text(200), "note"),
        Column("valid-from", "装表日期", DAY, "valid_from", ("起始日期", "installed-on")),
        Column("valid-to", "拆表日期", DAY, "valid_to", ("终止日期", "removed-on")),
        Column(
            "point", "计量点", text(40), "point", ("计量点编号",), needed=True, of="customers.UsagePoint", by="number"
        ),
        Column("multiplier", "倍率", parts_of_one(1000, 1), "multiplier_thousandths", ("综合倍率",)),
        Column("reason", "变更原因", text(200), "reason"),
    ),
    (
        Part(
            "metering.Meter", ("meter",), ("maker", "model", "accuracy", "digits", "made-in", "tested-on", "note"),
            "number",
        ),
        Part(
            "metering.Installation", ("meter", "valid-from"), ("valid-to", "point", "multiplier", "reason"),
            "meter__number", {"meter": 0},
        ),
    ),
    "metering.meter.exchange", "metering.meter.view", unit="", check=check_meter, prepare=prepare_meters,
))  # fmt: skip
