"""What an agreement is, in words: its terms, its transformers, what it was granted, and what of these changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from wattloop.library.rating.agreements.model import ALWAYS, FOR_EVER, Kind, Transformer
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.rating.explanation import words
from wattloop.library.rating.explanation.priced_row import Row
from wattloop.library.rating.explanation.words import Text, both
from wattloop.library.tariffs.compiled import Tariff

LABELS = {
    "tariff": both("电价", "tariff"), "customer": both("客户", "customer"), "class": both("用电类别", "class"),
    "voltage": both("电压等级", "voltage"), "market": both("市场属性", "market"),
    "demand-method": both("基本电费计收方式", "demand method"), "options": both("选项", "options"),
    "capacity-kva": both("容量", "capacity"), "contract-kw": both("合同需量", "contract demand"),
    "allowances": both("优惠", "allowances"), "points": both("计量点", "points"),
}  # fmt: skip
_SCOPE = ("class", "voltage", "market")
_UNITS = {"capacity-kva": "kVA", "contract-kw": "kW"}
_WORDS = {
    "by-capacity": both("按变压器容量", "by capacity"), "by-contract": both("按合同需量", "by contract demand"),
    "by-actual": both("按实际需量", "by actual demand"),
    "residential": both("居民生活", "residential"), "agricultural": both("农业生产", "agricultural"),
    "industrial-commercial": both("工商业", "industrial-commercial"), "industrial": both("工业", "industrial"),
    "commercial": both("商业", "commercial"), "agency-purchase": both("代理购电", "agency-purchase"),
    "direct": both("直接参与市场", "direct"),
}  # fmt: skip
_STATES = {
    "running": both("运行", "running"), "hot-standby": both("热备用", "in hot standby"),
    "cold-standby": both("冷备用", "in cold standby"), "sealed": both("封停", "sealed"),
}  # fmt: skip


def shown(name: str, value: Any) -> Text:
    """A term's value as a reader knows it: 630 kVA, by capacity; none where it is not agreed on."""
    if not value:
        return both("无", "none")
    if name in _UNITS:
        unit, told = words.unit(_UNITS[name]), words.number(Decimal(value))
        return both(f"{told} {unit['zh']}", f"{told} {unit['en']}")
    if name == "allowances":
        grants = [_granted(words.allowance(key), day) for key, day in value.items()]
        return both("、".join(one["zh"] for one in grants), ", ".join(one["en"] for one in grants))
    if isinstance(value, list):
        return both("、".join(value), ", ".join(value))
    return _WORDS.get(str(value), both(str(value), str(value)))


def _granted(name: Text, day: str | None) -> Text:
    if day is None:
        return name
    since = words.day(dt.date.fromisoformat(day))
    return both(f"{name['zh']}（{since['zh']}起）", f"{name['en']} since {since['en']}")


def stated(kind: Kind, tariff: Tariff) -> Text:
    """What the agreement says of itself; where it says nothing, what the tariff is for."""
    told = {name: str(kind[name]) for name in _SCOPE if kind.get(name)}
    who = both("本户", "The agreement is")
    if not told:
        told = {name: tariff.scope[name] for name in _SCOPE if name in tariff.scope}
        who = both("该电价适用于", "It is for")
    said = [(LABELS[name], shown(name, text)) for name, text in told.items()]
    options = sorted(kind.get("option", ()))
    if options:
        said.append((both("选项", "option"), both("、".join(options), ", ".join(options))))
    if not said:
        return both("", "")
    zh = "，".join(f"{label['zh']}{' ' if _plain(value['zh']) else ''}{value['zh']}" for label, value in said)
    en = ", ".join(f"{label['en']} {value['en']}" for label, value in said)
    return both(f"{who['zh']}{zh}。", f"{who['en']} {en}.")


def chosen(method: str) -> Text:
    """That the agreement chose a way of charging."""
    told = _WORDS[method]
    return both(f"合同选择{told['zh']}计收基本电费。", f"The agreement chose demand {told['en']}.")


def granted(row: Row) -> list[Text]:
    """What the agreement was granted of the allowances that the tariff knows, up to a row's last day."""
    tiers, found = row.tariff.tiers, []
    for one in tiers.allowances if tiers is not None else ():
        day = row.value(row.bills.granted(one.name))
        if day >= (row.piece.end - EPOCH).days:
            continue
        name = words.charge(row.tariff, one.name)
        since = words.day(EPOCH + dt.timedelta(days=day)) if day > ALWAYS else both("", "")
        begun = f"自{since['zh']}起" if since["zh"] else ""
        zh = f"{begun}享受“{name['zh']}”优惠"
        en = f"Granted since {since['en']}: {name['en']}" if since["en"] else f"Granted: {name['en']}"
        each = both("", "")
        if one.add_to_first:
            kwh = words.number(Decimal(one.add_to_first).scaleb(-3))
            each = both(
                f"，自当月至年底每月第一档电量增加 {kwh} 千瓦时",
                f", {kwh} kWh more in the first tier for each month from then to the year's end",
            )
        elif one.free:
            kwh = words.number(Decimal(one.free).scaleb(-3))
            each = both(f"，每月免费 {kwh} 千瓦时", f", {kwh} kWh free of charge each month")
        found.append(both(f"{zh}{each['zh']}。", f"{en}{each['en']}."))
    return found


def transformers(owned: tuple[Transformer, ...], row: Row) -> list[Text]:
    """Which transformers are there on a row's first day, and in which state; those of an interlock are said to be."""
    day, said = (row.piece.start - EPOCH).days, []
    for one in owned:
        known = [(since, state) for since, state in one.states if since <= day]
        if not known:
            continue
        since, state = known[-1]
        kva, word = words.number(Decimal(one.capacity).scaleb(-3)), _STATES[state]
        lock = both("，互锁", ", interlocked") if one.interlock else both("", "")
        when = words.day(EPOCH + dt.timedelta(days=since)) if ALWAYS < since < FOR_EVER else both("", "")
        zh = f"{when['zh']}起{word['zh']}" if when["zh"] else word["zh"]
        en = f"{word['en']} since {when['en']}" if when["en"] else word["en"]
        said.append(both(f"{one.name} {kva} 千伏安（{zh}{lock['zh']}）", f"{one.name} {kva} kVA ({en}{lock['en']})"))
    if not said:
        return []
    zh, en = (words.listed([one[language] for one in said], language) for language in words.LANGUAGES)
    return [both(f"变压器：{zh}。", f"Transformers: {en}.")]


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """What changed from one segment's terms to the next one's: `what, from, to`, and a sentence.

    Args:
        before, after: terms by name, with the version of the tariff and the points.
    """
    found = []
    for name, label in LABELS.items():
        old, new = before.get(name), after.get(name)
        if old != new:
            was, now = shown(name, old), shown(name, new)
            zh = f"{label['zh']}由{_spaced(was['zh'])}变为{_spaced(now['zh'])}".rstrip()
            en = f"{label['en']} changed from {was['en']} to {now['en']}"
            found.append({"what": name, "from": old, "to": new, "said": both(zh, en)})
    return found


def _plain(text: str) -> bool:
    return text[:1].isascii()


def _spaced(text: str) -> str:
    """Chinese and other letters stand apart."""
    return f"{' ' if text[:1].isascii() else ''}{text}{' ' if text[-1:].isascii() else ''}"
