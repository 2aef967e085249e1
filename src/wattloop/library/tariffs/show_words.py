"""The words of `tariff show` in English and Chinese."""

from __future__ import annotations

_CHINESE = {
    "valid": "有效期",
    "open": "长期",
    "always": "不限",
    "currency": "币种",
    "clock": "时钟",
    "the readings' own": "按读数自身",
    "calendar of": "日历",
    "no day of this year is decided": "该年没有已确定的日子",
    "days": "天",
    "period": "时段",
    "tier": "阶梯",
    "total": "合计",
    "prices per kWh": "电度电价（每千瓦时）",
    "tiers": "阶梯电量",
    "over": "周期",
    "pooling": "分摊方式",
    "per day": "每天",
    "demand": "需量电费",
    "per kW": "每千瓦",
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
}


def word(english: str, language: str) -> str:
    """A word in the language asked for; English where there is no other."""
    return _CHINESE.get(english, english) if language == "zh" else english


def label(name: str, labels: dict[str, dict[str, str]] | dict[str, str], language: str) -> str:
    """A thing's own name in the language asked for, else its id."""
    found = labels.get(name) if name in labels else labels if name == "" else None
    if isinstance(found, dict):
        return str(found.get(language) or name)
    return name


def name_of(names: dict[str, str], language: str) -> str:
    """A name in the language asked for, else in whichever there is."""
    return names.get(language) or next(iter(names.values()), "")
