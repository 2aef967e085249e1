"""Files of customers, contacts, prospects, and of the numbers that things had before."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from wattloop.apps.customers.importing.cells import DAY, YES, choice, email, parts_of_one, text, whole
from wattloop.apps.customers.importing.tables import Column, Group, Part, Table, offer
from wattloop.library.quantity.refusal import Refused

IMPORT, EXPORT = "customers.customer.import", "customers.customer.export"
UNIT = Column("unit", "供电单位", text(40), "unit", ("单位", "供电所"), needed=True, of="enterprise.Unit", by="code")
MANAGER = Column("manager", "客户经理", text(40), "manager", of="enterprise.Employee", by="number")
OF_CUSTOMER = Column(
    "customer", "客户编号", text(40), "customer", ("客户号",), needed=True, of="customers.Customer", by="number"
)
_KINDS = {"person": ("个人", "居民", "自然人"), "firm": ("单位", "企业", "法人", "company", "organisation")}
_IMPORTANCE = {
    "ordinary": ("普通", "一般"),
    "second": ("二级", "二级重要", "二级重要用户"),
    "first": ("一级", "一级重要", "一级重要用户"),
    "special": ("特级", "特别重要", "特级重要用户"),
}
_LANGUAGES = {"zh-hans": ("zh", "中文", "zh-cn"), "en": ("英文", "english")}
_STAGES = {
    "heard": ("意向", "线索"),
    "applied": ("已申请", "申请", "报装"),
    "building": ("在建", "施工"),
    "connected": ("已接电", "接电", "送电"),
    "lost": ("流失", "放弃", "取消"),
}


def _refresh(customers: Sequence[models.Model]) -> None:
    from wattloop.apps.customers import search

    search.refresh([customer.pk for customer in customers])


def _refresh_theirs(things: Sequence[models.Model]) -> None:
    from wattloop.apps.customers import search

    search.refresh([thing.customer_id for thing in things])


def _check_customer(group: Group) -> None:
    made = group.of(0)[0].made
    since, until = made.since, made.until
    if since and until and until < since:
        raise Refused(f"{group.key} ends before it begins", "Exchange the dates.", field="until")


def _usual_chance(group: Group) -> None:
    made = group.of(0)[0].made
    if made.chance_percent is None:
        made.chance_percent = 50


CUSTOMERS = offer(Table(
    "customers",
    _("customers"),
    (
        Column("number", "客户编号", text(40), "number", ("customer", "客户号", "customer-number")),
        Column("name", "客户名称", text(200), "name", ("名称", "姓名", "户名"), needed=True),
        Column("kind", "客户类型", choice(_KINDS, "person"), "kind", ("类型",)),
        Column("importance", "重要等级", choice(_IMPORTANCE, "ordinary"), "importance", ("重要性等级",)),
        Column("key-account", "大客户", YES, "key_account", ("是否大客户",)),
        MANAGER,
        UNIT,
        Column("phone", "联系电话", text(40), "phone", ("电话", "手机", "手机号", "mobile")),
        Column("email", "电子邮箱", email(), "email", ("邮箱", "e-mail", "mail")),
        Column("address", "通信地址", text(300), "address", ("地址", "联系地址")),
        Column("tax-number", "税号", text(40), "tax_number", ("纳税人识别号", "统一社会信用代码")),
        Column("language", "语言", choice(_LANGUAGES), "language"),
        Column("since", "建档日期", DAY, "since", ("立户日期",)),
        Column("until", "销户日期", DAY, "until"),
        Column("note", "备注", text(2000), "note", ("notes",)),
    ),
    (
        Part(
            "customers.Customer", ("number",),
            ("name", "kind", "importance", "key-account", "manager", "unit", "phone", "email", "address", "tax-number",
             "language", "since", "until", "note"),
            "number",
        ),
    ),
    IMPORT, EXPORT, check=_check_customer, after=_refresh,
))  # fmt: skip

CONTACTS = offer(Table(
    "contacts",
    _("contacts"),
    (
        OF_CUSTOMER,
        Column("name", "联系人", text(100), "name", ("姓名", "contact")),
        Column("post", "职务", text(100), "post", ("岗位",)),
        Column("phone", "联系电话", text(40), "phone", ("电话", "手机", "手机号", "mobile")),
        Column("email", "电子邮箱", email(), "email", ("邮箱", "e-mail", "mail")),
        Column("main", "主要联系人", YES, "main", ("是否主要",)),
    ),
    (Part("customers.Contact", ("customer", "name"), ("post", "phone", "email", "main"), "customer__number"),),
    IMPORT, EXPORT, unit="customer__unit", after=_refresh_theirs,
))  # fmt: skip

PROSPECTS = offer(Table(
    "prospects",
    _("prospects"),
    (
        Column("number", "编号", text(40), "number", ("prospect", "意向编号")),
        Column("name", "名称", text(200), "name", ("客户名称",), needed=True),
        UNIT,
        Column("stage", "阶段", choice(_STAGES, "heard"), "stage", ("状态",)),
        Column("class", "用电类别", text(40), "customer_class"),
        Column("voltage", "电压等级", text(20), "voltage"),
        Column("load-kw", "预计负荷", parts_of_one(1000, 1), "load_w", ("负荷", "申请容量"), needed=True),
        Column("energy-kwh-month", "预计月用电量", parts_of_one(1000), "energy_wh_month", ("月用电量",)),
        Column("expected-on", "预计接电日期", DAY, "expected_on", ("预计日期", "接电日期")),
        Column("chance-percent", "可能性", whole(0, 100), "chance_percent", ("把握", "chance")),
        Column("phone", "联系电话", text(40), "phone", ("电话", "手机")),
        Column("address", "地址", text(300), "address", ("用电地址",)),
        MANAGER,
        Column(
            "customer", "客户编号", text(40), "customer", ("客户号",), of="customers.Customer", by="number"
        ),
        Column("note", "备注", text(2000), "note", ("notes",)),
    ),
    (
        Part(
            "customers.Prospect", ("number",),
            ("name", "unit", "stage", "class", "voltage", "load-kw", "energy-kwh-month", "expected-on",
             "chance-percent", "phone", "address", "manager", "customer", "note"),
            "number",
        ),
    ),
    "customers.prospect.change", "customers.prospect.view", check=_usual_chance,
))  # fmt: skip


_NUMBERED = {"customer": ("客户",), "agreement": ("户号", "合同"), "point": ("计量点",), "meter": ("电能表", "表计")}

OLD_NUMBERS = offer(Table(
    "old-numbers",
    _("old numbers"),
    (
        Column("number", "旧编号", text(80), "number", ("old-number", "原编号")),
        Column("system", "旧系统", text(40), "system", ("原系统",)),
        Column("kind", "对象", choice(_NUMBERED), "kind", ("类型",)),
        Column("now", "新编号", text(80), "now", ("现编号", "new-number"), needed=True),
    ),
    (Part("customers.OldNumber", ("number", "system", "kind"), ("now",), "number"),),
    IMPORT, EXPORT, unit="",
))  # fmt: skip
