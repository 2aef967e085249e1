"""The words of `tariff show` in English and Chinese."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.when import MONTHS, WEEKDAYS

_CHINESE = {
    "valid": "有效期",
    "open": "长期",
    "other versions from": "其他版本起始日",
    "always": "不限",
    "currency": "币种",
    "clock": "时钟",
    "the readings' own": "按读数自身",
    "calendar of": "日历",
    "no day of this year is decided": "该年没有已确定的日子",
    "days": "天",
    "period": "时段",
    "component": "电价构成",
    "tier": "阶梯",
    "total": "合计",
    "prices per kWh": "电度电价（每千瓦时）",
    "tiers": "阶梯电量",
    "over": "周期",
    "pooling": "分摊方式",
    "per day": "每天",
    "demand": "需量电费",
    "per kW": "每千瓦",
    "basic charge": "基本电费（任选其一）",
    "suspension": "暂停",
    "shorter than": "不足",
    "within": "自投运起",
    "years of service": "年内",
    "charged full": "照收全额",
    "charged half": "减半收取",
    "by-capacity": "按变压器容量",
    "power-factor": "力调电费",
    "power_factor": "力调电费",
    "standard": "标准",
    "not counting": "不含",
    "penalty only": "只罚不奖",
    "first tier": "第一档",
    "per remaining month": "×剩余月数",
    "free per month": "每月免费",
    "by-contract": "按合同最大需量",
    "by-actual": "按实际最大需量",
    "at least": "不低于",
    "of capacity": "容量",
    "from": "达到",
    "contract-plus-double-excess": "合同需量加超限部分两倍",
    "over-limit-plus-double-excess": "限额加超限部分两倍",
    "double-above-contract": "合同需量加超合同部分两倍",
    "calendar-days": "不足一月按当月天数折算",
    "thirtieths": "不足一月每日按三十分之一计",
    "up to": "不超过",
    "beyond": "以上",
    "block": "需量周期",
    "other charges": "其他费用",
    "fixed": "固定费用",
    "minimum": "最低电费",
    "adjustment": "调整",
    "surcharge": "附加",
    "tax": "税",
    "included": "价内",
    "on top": "价外",
    "of": "基数",
    "rounding": "取整",
    "all": "全部",
    "month": "月",
    "season": "季",
    "year": "年",
    "day": "日",
    "every day": "每天",
    "weekdays": "周一至周五",
    "weekend": "周末",
    "energy": "电能",
    "pro-rata": "按比例",
    "in-time-order": "按时间先后",
    "ladder-per-period": "各时段单独阶梯",
    "after-time-of-use": "先分时后阶梯",
    "source": "依据",
    "note": "说明",
    "applies to": "适用",
    "tier increment": "阶梯加价",
    "demand_flat": "最大需量",
    "demand_tou": "分时需量",
    "in": "于",
    "counts": "计入",
    "half up": "四舍五入",
    "half even": "四舍六入五成双",
    "money": "金额",
    "min": "分钟",
    "class": "用电类别",
    "voltage": "电压等级",
    "market": "市场属性",
    "document": "文件",
    "tariff": "电价",
    "components": "电价构成",
    "kind": "类别",
    "price of a kWh in all": "每千瓦时合计电价",
    "ratios": "浮动比例",
    "ratio": "比例",
    "bounds of tiers": "阶梯上限",
    "hours that move": "时段调整",
    "nothing differs": "没有差别",
    "the periods cannot be compared: not every day is decided of": "时段无法比较：日历未能确定的年份",
    "is new": "新增",
    "is gone": "取消",
    "factor": "系数",
    "prices": "价格",
    "half": "尾数",
    "name": "名称",
    "valid_from": "生效日",
    "valid_to": "截止日",
    "no examples": "没有算例",
    "line": "行",
    "expected": "应为",
    "found": "算得",
    "ok": "相符",
    "WRONG": "不符",
    "not checked: tiers in time order need readings": "未核对：按时间先后的阶梯需要读数",
    "options": "按户选项",
    "option": "选项",
    "all energy priced as": "全部电量按此时段计价",
    "no tiers": "不执行阶梯",
    "without": "不收取",
    "list": "价目表",
    "item": "项目",
    "province": "省份",
    "clause": "条款",
    "url": "网址",
    "start": "起",
    "end": "止",
    "above": "超过",
    "floor": "下限占容量",
    "limit": "超限界限",
    "excess": "超限计费",
    "parts of a month": "不足一月",
    "intensive use from": "高负荷率优惠起点",
    "price factor of intensive use": "高负荷率优惠系数",
    "price": "电价",
    "charged": "收取",
    "base": "基数",
    "rule": "规则",
    "reward and penalty": "有奖有罚",
    "segments": "账单分段",
    "registers": "示数",
    "bill": "按整张账单",
    "segment": "按分段",
    "in-order": "按先后",
    "pooled": "按比例合并",
    "read": "等待抄表",
    "by-days": "按天分摊",
    "allowance": "优惠",
    "free": "免费",
    "every kWh": "全部电量",
    "capacity": "容量电费",
    "included in the prices": "价内",
    "on top of the prices": "价外",
    "summer": "夏季",
    "winter": "冬季",
    "spring": "春季",
    "autumn": "秋季",
    "rest-of-year": "其他月份",
    "wet": "丰水期",
    "dry": "枯水期",
    "residential": "居民生活",
    "agricultural": "农业生产",
    "industrial-commercial": "工商业",
    "industrial": "工业",
    "commercial": "商业",
    "ev-charging": "电动汽车充换电",
    "agency-purchase": "代理购电",
    "direct": "直接参与市场",
}
"""A word of the documents and its Chinese; what is not here has a name of its own in the document."""

CHARGES = {
    "tier": ("阶梯加价", "tier increment"),
    "minimum": ("最低电费", "minimum charge"),
    "maximum-demand": ("需量电费", "maximum demand"),
    "by-capacity": ("基本电费（按容量）", "capacity charge"),
    "by-contract": ("基本电费（按合同需量）", "contract demand charge"),
    "by-actual": ("基本电费（按实际需量）", "demand charge"),
    "low-income": ("低保户", "low income"),
    "large-household": ("一户多人口", "large household"),
    "power-factor": ("力调电费", "power-factor adjustment"),
    "vat": ("增值税", "VAT"),
    "funds": ("政府性基金及附加", "government funds"),
}
"""What a charge is called, in Chinese and English, that was given no name."""
_UNITS = (("/month", "/月"), ("/year", "/年"), ("/day", "/天"), (" min", " 分钟"), (" days", " 天"), (" years", " 年"))


_ENGLISH = {
    "basic charge": "basic charge, one of",
    "calendar-days": "parts of a month by its days",
    "thirtieths": "parts of a month by thirtieths",
    "contract-plus-double-excess": "the contract and twice the excess",
    "over-limit-plus-double-excess": "the limit and twice the excess",
    "double-above-contract": "the contract and twice all above it",
    "power-factor": "power factor",
    "bill": "of the whole bill",
    "segment": "of each segment",
    "read": "the bill waits for a reading",
    "rest-of-year": "rest of year",
}


def word(english: str, language: str) -> str:
    """A word in the language asked for; English where there is no other."""
    return _CHINESE.get(english, english) if language == "zh" else _ENGLISH.get(english, english)


def charge_word(name: str, language: str) -> str:
    """What a charge that was given no name is called: vat -> 增值税."""
    if name in CHARGES:
        return CHARGES[name][language != "zh"]
    return word(name, language)


def unit_word(written: str, language: str) -> str:
    """An amount with its unit in the language asked for: 22 CNY/kVA/month -> 22 CNY/kVA/月."""
    if language == "zh":
        for english, chinese in _UNITS:
            written = written.removesuffix(english) + chinese if written.endswith(english) else written
    return written


def days(text: str, language: str) -> str:
    """Days in words, as the facts have them: "Jul-Aug weekdays" -> "7月-8月 周一至周五"."""
    if language != "zh":
        return text
    text = re.sub(r"and (\d+) more days?", r"另加\1天", text)
    text = re.sub(r"but (\d+) days?", r"除\1天外", text)
    text = re.sub(r" \((.*)\)", r"（\1）", text)
    text = re.sub(r" and (\d+) more", r" 等（另\1段）", text)
    text = re.sub(r"(\d+) ([A-Z][a-z]{2})\b", lambda m: f"{MONTHS.index(m[2]) + 1}月{m[1]}日", text)
    for number, name in enumerate(MONTHS, 1):
        text = re.sub(rf"\b{name}\b", f"{number}月", text)
    for name, sign in zip(WEEKDAYS, "一二三四五六日", strict=True):
        text = re.sub(rf"\b{name}\b", f"周{sign}", text)
    for english in ("every day", "weekdays", "weekend"):
        text = text.replace(english, _CHINESE[english])
    return text


def text(value: Decimal) -> str:
    """A number without an exponent and without idle zeros: 0.6170 -> 0.617."""
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def grouped(plain: str) -> str:
    """A number's text with its thousands set apart: 2760 -> 2,760."""
    whole, dot, rest = plain.partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.isdigit() else plain


def label(name: str, labels: dict[str, dict[str, str]] | dict[str, str], language: str) -> str:
    """A thing's own name in the language asked for, else its id."""
    found = labels.get(name) if name in labels else labels if name == "" else None
    if isinstance(found, dict):
        return str(found.get(language) or name)
    return name


def name_of(names: dict[str, str], language: str) -> str:
    """A name in the language asked for, else in whichever there is."""
    return names.get(language) or next(iter(names.values()), "")


def limit_line(facts: dict[str, Any], language: str) -> str:
    """Until when a calendar is decided, and what is not known after that."""
    limit, last = facts["limit"], facts["decided_until"]
    name, known = label(limit["name"], facts["labels"], language), limit["known_until"]
    if language == "zh":
        what = "节假日" if limit["sort"] == "holidays" else "触发日"
        return f"确定至 {last}：{what} {name} 已知至 {known}"
    what = "holidays of" if limit["sort"] == "holidays" else "days of trigger"
    return f"decided until {last}: the {what} {name} are known until {known}"
