"""The names that registers and the columns of a register file go by, English and Chinese."""

from __future__ import annotations

import re

from wattloop.library.lake.registers import DEMAND, ENERGY, WITH_PERIODS
from wattloop.library.readings.columns import plain

POINT = (
    {"point", "point_id", "usage_point", "mpan", "nmi", "计量点", "计量点编号", "计量点编码", "计量点号", "测量点"},
    {"户号", "用户编号", "用户号", "用电户号", "customer", "customer_id", "account"},
)
"""Names of the point; those of the customer stand for it where there is no other."""
COLUMNS = {
    "meter": {
        "meter", "meter_id", "meter_no", "meter_serial", "serial", "表号", "电表号", "电能表", "电能表号", "电能表编号",
        "电能表资产号", "电能表资产编号", "表计资产号", "资产号", "资产编号", "出厂编号",
    },
    "register": {"register", "register_type", "示数类型", "示数类别", "表码类型"},
    "from": {
        "from", "last_date", "last_read_date", "previous_date", "上次抄表日期", "上次抄表时间", "上期抄表日期",
        "上次抄表日", "起码日期", "起始日期",
    },
    "to": {
        "to", "this_date", "this_read_date", "read_date", "current_date", "本次抄表日期", "本次抄表时间",
        "本期抄表日期", "本次抄表日", "抄表日期", "止码日期", "截止日期",
    },
    "last": {
        "last", "last_reading", "previous_reading", "上次示数", "上期示数", "上次表码", "起码", "起度", "起始示数",
    },
    "this": {
        "this", "this_reading", "current_reading", "本次示数", "本期示数", "本次表码", "止码", "止度", "截止示数",
    },
    "multiplier": {"multiplier", "ratio", "ct_pt", "倍率", "综合倍率", "总倍率", "电能表倍率"},
    "digits": {"digits", "位数", "表位数", "示数位数", "整数位数"},
    "at": {"at", "demand_at", "demand_time", "需量发生时间", "最大需量发生时间", "最大需量时间", "需量时间"},
}  # fmt: skip
ROLES = ("point", *COLUMNS)

_SIDES = {
    "last": ("last", "previous", "上次", "上期", "起码", "起始"),
    "this": ("this", "current", "本次", "本期", "止码", "截止"),
    "at": ("at_", "发生时间"),
}
_PERIODS = {"尖": "sharp", "尖峰": "sharp", "峰": "peak", "平": "flat", "谷": "valley", "深谷": "deep-valley"}
_ENGLISH = re.compile(rf"({'|'.join([*ENERGY, DEMAND])})(?::([a-z][a-z0-9-]*))?")
_UNIT = re.compile(r"\s*[(（](kwh|kvarh|kw)[)）]$")
# Not 电量: that is a quantity already, and no reading.
_IDLE = re.compile(r"[\s()（）\[\]【】_\-、,，:：/]|示数|示值|表码|读数|电能|kwh|kvarh|kw")
_CHINESE = re.compile(
    r"(?P<way>正向|反向)?(?P<kind>有功|无功)?(?P<total>总)?(?P<demand>最大需量|需量)?(?P<all>总)?"
    r"(?P<period>深谷|尖峰|尖|峰|平|谷)?"
)
_QUADRANT = re.compile(r"第?q?([1-4一二三四])象限无功总?|无功第?q?([1-4一二三四])(?:象限)?|q([1-4])无功总?")
_NUMERALS = {"一": "1", "二": "2", "三": "3", "四": "4"}


def register_of(text: str) -> str | None:
    """The register that a text names, such as `active_in:peak` or 正向有功（峰）; None where it names none."""
    bare = _UNIT.sub("", text.strip().lower())
    if match := _ENGLISH.fullmatch(bare):
        return bare if match[2] is None or match[1] in WITH_PERIODS else None
    bare = _IDLE.sub("", bare)
    if match := _QUADRANT.fullmatch(bare):
        number = next(g for g in match.groups() if g)
        return f"reactive_q{_NUMERALS.get(number, number)}"
    match = _CHINESE.fullmatch(bare)
    if not bare or match is None or (match["total"] and match["all"]):
        return None
    period = _PERIODS.get(match["period"] or "")
    if period and (match["total"] or match["all"]):
        return None
    if match["demand"]:
        of_active_in = match["kind"] != "无功" and match["way"] != "反向"
        return _with(DEMAND, period) if of_active_in else None
    way = "out" if match["way"] == "反向" else "in"
    if match["kind"] == "无功":
        return None if period else f"reactive_{way}"
    return _with(f"active_{way}", period)


def side_of(name: str) -> tuple[str, str] | None:
    """What a column of a wide file holds: ("last", "this" or "at", register); None where it is no such column.

    The side stands before the register or after it, as in `this_active_in:peak`, 本次峰 or 正向有功总止码; without a
    register, it is that of all active energy. A maximum demand has one reading, and needs no side.
    """
    bare = name.strip().strip("\ufeff").lower()
    for side, words in _SIDES.items():
        if plain(bare) in COLUMNS[side]:
            return side, DEMAND if side == "at" else "active_in"
        for rest in _without(bare, words):
            if register := "active_in" if rest and not _IDLE.sub("", rest) else register_of(rest):
                return (side, register) if side != "at" or register.startswith(DEMAND) else None
    register = register_of(bare)
    return ("this", register) if register and register.startswith(DEMAND) else None


def _without(name: str, words: tuple[str, ...]) -> list[str]:
    """What is left of a name without a word at its beginning or end; empty where none stands there."""
    before = [name[len(word) :].lstrip("_ ") for word in words if name.startswith(word)]
    return before + [name[: -len(word)].rstrip("_ ") for word in words if name.endswith(word)]


def _with(register: str, period: str | None) -> str:
    return f"{register}:{period}" if period else register
