"""Files of feeders, transformer areas and supplies."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from wattloop.apps.customers.importing.cells import DAY, choice, parts_of_one, text
from wattloop.apps.customers.importing.tables import Column, Group, Part, Table, offer
from wattloop.apps.customers.tables.customers import UNIT
from wattloop.library.quantity.refusal import Refused

_CHANGE, _VIEW = "network.place.change", "network.place.view"
_RANKS = {"main": ("主供", "主电源"), "second": ("备用", "备用电源", "第二电源"), "own": ("自备", "自备电源")}

FEEDERS = offer(Table(
    "feeders",
    _("feeders"),
    (
        Column("code", "线路编号", text(40), "code", ("feeder", "线路")),
        Column("name", "线路名称", text(100), "name", ("名称",), needed=True),
        Column("voltage", "电压等级", text(20), "voltage"),
        Column("station", "变电站", text(100), "station", ("所属变电站",)),
        UNIT,
    ),
    (Part("network.Feeder", ("code",), ("name", "voltage", "station", "unit"), "code"),),
    _CHANGE, _VIEW,
))  # fmt: skip

AREAS = offer(Table(
    "areas",
    _("transformer areas"),
    (
        Column("code", "台区编号", text(40), "code", ("area", "台区")),
        Column("name", "台区名称", text(100), "name", ("名称",), needed=True),
        Column("feeder", "线路编号", text(40), "feeder", ("线路", "所属线路"), of="network.Feeder", by="code"),
        Column("capacity-kva", "容量", parts_of_one(1000, 1), "capacity_va", ("变压器容量",)),
        Column("gate-point", "关口计量点", text(40), "gate_point", ("考核表", "关口")),
        UNIT,
    ),
    (Part("network.Area", ("code",), ("name", "feeder", "capacity-kva", "gate-point", "unit"), "code"),),
    _CHANGE, _VIEW,
))  # fmt: skip


def check_supply(group: Group) -> None:
    """A supply comes from somewhere, and two of one rank do not hold on the same day.

    Raises:
        Refused: naming the rank.
    """
    supplies = [thing.made for thing in group.of(0)]
    refuse_overlaps(supplies)


def refuse_overlaps(supplies: Sequence[object]) -> None:
    """Refuse two supplies of one rank on the same day, and one that comes from nowhere.

    Raises:
        Refused: naming the rank.
    """
    for one in supplies:
        rank, area, feeder = one.rank, one.area_id, one.feeder_id  # type: ignore[attr-defined]
        start, end = one.valid_from, one.valid_to  # type: ignore[attr-defined]
        if rank != "own" and area is None and feeder is None:
            raise Refused("a supply comes from an area or a feeder", "Name one.", field="area")
        if area is not None and feeder is not None:
            raise Refused("a supply comes from an area or a feeder, not both", "Keep one.", field="feeder")
        if start and end and end < start:
            raise Refused("the supply ends before it begins", "Exchange the dates.", field="valid-to")
        for other in supplies:
            if other is one or other.rank != rank:  # type: ignore[attr-defined]
                continue
            begin, until = other.valid_from, other.valid_to  # type: ignore[attr-defined]
            if (start is None or until is None or start <= until) and (begin is None or end is None or begin <= end):
                raise Refused(f"two {rank} supplies hold on the same day", "Let one end first.", field="valid-from")


SUPPLIES = offer(Table(
    "supplies",
    _("supplies"),
    (
        Column("agreement", "户号", text(40), "agreement", needed=True, of="customers.Agreement", by="number"),
        Column("rank", "电源性质", choice(_RANKS, "main"), "rank", ("电源",)),
        Column("valid-from", "生效日期", DAY, "valid_from"),
        Column("valid-to", "终止日期", DAY, "valid_to"),
        Column("area", "台区编号", text(40), "area", ("台区",), of="network.Area", by="code"),
        Column("feeder", "线路编号", text(40), "feeder", ("线路",), of="network.Feeder", by="code"),
        Column("capacity-kva", "供电容量", parts_of_one(1000, 1), "capacity_va", ("容量",)),
        Column("note", "备注", text(200), "note"),
    ),
    (
        Part(
            "network.Supply", ("agreement", "rank", "valid-from"),
            ("valid-to", "area", "feeder", "capacity-kva", "note"),
            "agreement__number", optional=frozenset({"valid-from", "rank"}),
        ),
    ),
    _CHANGE, _VIEW, unit="agreement__unit", check=check_supply,
))  # fmt: skip
