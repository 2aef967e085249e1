"""Names of the county's firms, by what they do."""

from __future__ import annotations

_PLACES = ("东江", "西塘", "南湖", "北港", "新河", "长桥", "青石", "江滨", "南山", "朝阳")
_MARKS = (
    "宏达",
    "永兴",
    "瑞丰",
    "金源",
    "华茂",
    "恒通",
    "鑫盛",
    "天和",
    "中联",
    "诚信",
    "广源",
    "万嘉",
    "美佳",
    "顺发",
)
_TRADES = {
    "shop": ("超市", "便利店", "服装店", "五金店", "百货商店", "药房"),
    "office": ("科技有限公司", "会计师事务所", "物业管理有限公司", "设计院"),
    "restaurant": ("酒家", "小吃店", "饭店", "火锅店"),
    "agriculture-pump": ("排灌站", "灌溉合作社"),
    "street-light": ("路灯管理所",),
    "school": ("小学", "中学", "幼儿园", "职业学校"),
    "industrial-one-shift": ("机械厂", "家具厂", "包装厂"),
    "industrial-two-shifts": ("纺织厂", "电子厂"),
    "industrial-continuous": ("化工厂", "玻璃厂", "冷库"),
    "ev-station": ("充电站",),
}
FIRM_CLASSES = frozenset(_TRADES)


def firm_name(kind: str, at: int) -> str:
    """The name of a firm of a class by its number in the county."""
    trades = _TRADES[kind]
    place, mark, trade = _PLACES[at % len(_PLACES)], _MARKS[at // 7 % len(_MARKS)], trades[at // 3 % len(trades)]
    return f"{place}{mark}{trade}" if kind not in ("street-light", "school") else f"{place}{at % 9 + 1}号{trade}"
