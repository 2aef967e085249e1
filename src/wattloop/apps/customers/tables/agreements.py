"""Files of agreements with their versions and points, of transformers, and of tiers begun in another system."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from wattloop.apps.customers.importing.cells import DAY, choice, parts_of_one, text, whole
from wattloop.apps.customers.importing.tables import Column, Part, Table, offer
from wattloop.apps.customers.tables.customers import EXPORT, IMPORT, UNIT
from wattloop.apps.customers.tables.terms import check_agreement, prepare_agreements

_STATES = {"active": ("正常", "在用", "用电"), "suspended": ("暂停", "停用"), "closed": ("销户", "已销户")}
_METHODS = {
    "by-capacity": ("按容量", "容量"),
    "by-contract": ("按合同需量", "合同需量", "合约需量"),
    "by-actual": ("按实际需量", "实际需量", "需量"),
}
_SOURCES = {"intervals": ("曲线", "负荷曲线"), "registers": ("示数", "冻结示数")}
_RUNNING = {
    "running": ("运行",),
    "hot-standby": ("热备", "热备用"),
    "cold-standby": ("冷备", "冷备用"),
    "sealed": ("封停", "暂停", "停用"),
}
_AGREEMENT = Column(
    "agreement", "户号", text(40), "agreement", ("用户编号",), needed=True, of="customers.Agreement", by="number"
)


def _refresh(agreements: Sequence[models.Model]) -> None:
    from wattloop.apps.customers import search

    search.refresh([agreement.customer_id for agreement in agreements])


AGREEMENTS = offer(Table(
    "agreements",
    _("agreements"),
    (
        Column("agreement", "户号", text(40), "number", ("用户编号", "number", "合同编号", "agreement-number")),
        Column(
            "customer", "客户编号", text(40), "customer", ("客户号",), needed=True, of="customers.Customer", by="number"
        ),
        UNIT,
        Column("address", "用电地址", text(300), "address", ("地址",)),
        Column("state", "状态", choice(_STATES, "active"), "state", ("用户状态",)),
        Column("reading-day", "抄表例日", whole(1, 28), "reading_day"),
        Column("opened-on", "立户日期", DAY, "opened_on", ("开户日期",)),
        Column("closed-on", "销户日期", DAY, "closed_on"),
        Column("valid-from", "生效日期", DAY, "valid_from", ("开始日期",)),
        Column("valid-to", "终止日期", DAY, "valid_to", ("结束日期",)),
        Column("owner", "户主", text(40), "customer", ("户主编号",), of="customers.Customer", by="number"),
        Column("tariff", "电价", text(80), "tariff", ("电价代码",), needed=True),
        Column("class", "用电类别", text(40), "customer_class", ("用户分类",)),
        Column("voltage", "电压等级", text(20), "voltage"),
        Column("market", "市场化属性", text(40), "market", ("市场属性",)),
        Column("options", "选项", text(200), "options"),
        Column("capacity-kva", "合同容量", parts_of_one(1000), "capacity_va", ("运行容量", "容量")),
        Column("contract-kw", "合同需量", parts_of_one(1000), "contract_w", ("需量核定值",)),
        Column("demand-method", "基本电费计收方式", choice(_METHODS), "demand_method", ("基本电费方式",)),
        Column("reason", "变更原因", text(200), "reason"),
        Column("point", "计量点", text(40), "number", ("计量点编号",)),
        Column("point-from", "计量点启用日期", DAY, "valid_from"),
        Column("point-to", "计量点停用日期", DAY, "valid_to"),
        Column("source", "计量方式", choice(_SOURCES), "source", ("读数来源",)),
        Column("point-tariff", "计量点电价", text(80), "tariff"),
        Column("behind", "上级计量点", text(40), "behind", by="number", within=True),
        Column("fixed-kwh-month", "定量", parts_of_one(1000, 1), "fixed_wh", ("定量电量",)),
        Column("share-percent", "定比", parts_of_one(10_000, 1), "share_millionths", ("定比值",)),
        Column("out-of", "扣减时段", text(40), "out_of"),
        Column("point-address", "计量点地址", text(300), "address"),
    ),
    (
        Part(
            "customers.Agreement", ("agreement",),
            ("customer", "unit", "address", "state", "reading-day", "opened-on", "closed-on"), "number",
        ),
        Part(
            "customers.AgreementVersion", ("agreement", "valid-from"),
            ("valid-to", "owner", "tariff", "class", "voltage", "market", "options", "capacity-kva", "contract-kw",
             "demand-method", "reason", "allowances"),
            "agreement__number", {"agreement": 0},
        ),
        Part(
            "customers.UsagePoint", ("agreement", "point"),
            ("point-from", "point-to", "source", "point-tariff", "behind", "fixed-kwh-month", "share-percent",
             "out-of", "point-address"),
            "agreement__number", {"agreement": 0},
        ),
    ),
    IMPORT, EXPORT, check=check_agreement, prepare=prepare_agreements, after=_refresh,
    more=("allowance-", "allowances", DAY),
))  # fmt: skip

TRANSFORMERS = offer(Table(
    "transformers",
    _("transformers"),
    (
        _AGREEMENT,
        Column("transformer", "变压器", text(40), "name", ("变压器编号",)),
        Column("capacity-kva", "容量", parts_of_one(1000, 1), "capacity_va", ("额定容量",), needed=True),
        Column("interlock", "闭锁组", text(40), "interlock", ("互锁",)),
        Column("from", "起始日期", DAY, "valid_from", ("生效日期", "valid-from")),
        Column("state", "运行状态", choice(_RUNNING), "state", ("状态", "is"), needed=True),
    ),
    (
        Part(
            "customers.Transformer", ("agreement", "transformer"), ("capacity-kva", "interlock"), "agreement__number"
        ),
        Part(
            "customers.TransformerState", ("agreement", "transformer", "from"), ("state",),
            "transformer__agreement__number", {"transformer": 0}, paths={"transformer": "transformer__name"},
        ),
    ),
    IMPORT, EXPORT, unit="agreement__unit",
))  # fmt: skip

OPENING_TIERS = offer(Table(
    "opening-tiers",
    _("tiers begun elsewhere"),
    (
        _AGREEMENT,
        Column("year", "年度", whole(2000, 2200), "year", ("年",)),
        Column("energy-kwh", "累计电量", parts_of_one(1000), "energy_wh", ("已用电量", "energy"), needed=True),
    ),
    (Part("customers.OpeningTier", ("agreement", "year"), ("energy-kwh",), "agreement__number"),),
    IMPORT, EXPORT, unit="agreement__unit",
))  # fmt: skip
