"""The names that columns go by in files of readings, English and Chinese."""

from __future__ import annotations

import re

from wattloop.library.quantity.dayrows import SLOT_COUNTS, slot_names

POINT = {
    "point", "point_id", "pointid", "usage_point", "meter", "meter_id", "meterid", "meter_no", "serial", "id", "mpan",
    "nmi", "customer", "customer_id", "account", "lclid", "户号", "表号", "电表号", "计量点", "计量点编号", "用户编号",
    "用电户号", "电能表资产号", "资产编号", "终端", "测量点",
}  # fmt: skip
START = {"start", "interval_start", "start_time", "from", "hour_start", "开始时间", "起始时间"}
END = {"end", "interval_end", "end_time", "to", "结束时间", "截止时间"}
STAMP = {"timestamp", "time", "datetime", "date_time", "ts", "tstp", "时间", "数据时间", "采集时间", "日期时间"}
TIME = {"time", "time_of_day", "时间", "时刻"}
DAY = {"date", "day", "data_date", "日期", "数据日期", "冻结日期"}
VALUES = {
    "kwh": "kWh", "energy_kwh": "kWh", "kwh_hh": "kWh", "电量": "kWh", "电量_kwh": "kWh", "有功电量": "kWh",
    "用电量": "kWh", "consumption_kwh": "kWh",
    "wh": "Wh", "energy_wh": "Wh",
    "kw": "kW", "power_kw": "kW", "功率": "kW", "有功功率": "kW", "功率_kw": "kW", "average_kw": "kW",
    "value": None, "reading": None, "energy": None, "consumption": None, "数值": None, "读数": None,
}  # fmt: skip
REACTIVE_VALUES = {
    "kvarh": "kvarh", "energy_kvarh": "kvarh", "无功电量": "kvarh", "varh": "varh", "kvar": "kvar", "无功功率": "kvar",
    "reactive": None, "无功": None,
}  # fmt: skip
VOLTAGES = {"v": "V", "volts": "V", "kv": "kV", "voltage": None, "电压": None}
UNITS = {
    "kwh": "kWh", "wh": "Wh", "kw": "kW", "千瓦时": "kWh", "度": "kWh", "千瓦": "kW",
    "kvarh": "kvarh", "varh": "varh", "kvar": "kvar", "千乏时": "kvarh", "千乏": "kvar",
    "v": "V", "kv": "kV", "伏": "V", "千伏": "kV",
}  # fmt: skip

_CLOCK = re.compile(r"(?:[a-z_]*)(\d{1,2})[:时](\d{2})(?::00|分)?(?:\s*[-~至]\s*(\d{1,2})[:时](\d{2})(?::00|分)?)?")
_FOUR_DIGITS = re.compile(r"(\d{2})(\d{2})")
_NUMBERED = re.compile(r"([^\W\d]*)[_ ]?(\d{1,3})(?:点|时)?")
_SURELY = re.compile(r"(p|v|t|h|slot|点|第|数据点|point)?[_ ]?(\d{1,3})(?:点|时)?")


def plain(name: str) -> str:
    """A header as it is compared: lower case, units in brackets and spaces folded to underscores."""
    text = name.strip().strip("\ufeff").lower().replace("（", "(").replace("）", ")")
    return re.sub(r"[\s\-./(\[]+", "_", text).strip("_)] ")


def unit_in(name: str) -> str | None:
    """The unit a header names in brackets or at its end, as in `电量(kWh)`."""
    match = re.search(r"[(（\[_ ]([^()（）\[\]_ ]+)[)）\]]?\s*$", name.strip())
    return UNITS.get(match[1].lower()) if match else None


def candidates(header: list[str], accepted: set[str]) -> list[str]:
    """Columns known by an accepted name; failing that, those whose first word is one, as `kwh_import`."""
    whole = [h for h in header if plain(h) in accepted]
    # `id`, `from` and `to` begin too many other names.
    return whole or [h for h in header if plain(h).split("_")[0] in accepted - {"id", "from", "to"}]


def values_of(header: list[str], channel: str | None) -> dict[str, str | None]:
    """Names of the column of readings, each to its unit: of the channel's kind, or else of one that the file has."""
    kinds: dict[str, dict[str, str | None]] = {"active": VALUES, "reactive": REACTIVE_VALUES, "voltage": VOLTAGES}
    own = kinds.pop((channel or "active").split("_")[0])
    return next((kind for kind in (own, *kinds.values()) if candidates(header, set(kind))), own)


def slot_columns(names: list[str]) -> tuple[list[str], str | None] | None:
    """Columns that are the slots of a day, in order, and whether they name an interval's start or end.

    None where the header has no such run of 24, 48, 96, 144 or 288 columns; the second
    is None where the columns are numbered and say nothing of time.
    """
    lower = [_without_unit(n) for n in names]
    return _own(names, lower) or _clocks(names, lower) or _numbered(names, lower)


def nearly_slots(names: list[str]) -> int:
    """How many columns look like slots of a day without making up one."""
    lower = [_without_unit(n) for n in names]
    return sum(bool(_CLOCK.fullmatch(n) or _SURELY.fullmatch(n)) for n in lower)


def _without_unit(name: str) -> str:
    bare = name.strip().lower()
    return re.sub(r"\s*[(（\[][^()（）\[\]]*[)）\]]$", "", bare) if unit_in(name) else bare


def _own(names: list[str], lower: list[str]) -> tuple[list[str], str] | None:
    """The columns of our own day-rows."""
    named = sum(bool(re.fullmatch(r"v\d{2,3}", n)) for n in lower)
    if named in SLOT_COUNTS and set(slot_names(named)) <= set(lower):
        return [names[lower.index(n)] for n in slot_names(named)], "start"
    return None


def _clocks(names: list[str], lower: list[str]) -> tuple[list[str], str] | None:
    """Columns named by times of day: `00:15`, `0015`, `00时15分`, or from-to as in `00:00-00:15`."""
    for form in (_CLOCK, _FOUR_DIGITS):
        matches = [(name, m) for name, m in zip(names, map(form.fullmatch, lower), strict=True) if m]
        if len(matches) in SLOT_COUNTS and (found := _in_order(matches)):
            return found
    return None


def _in_order(matches: list[tuple[str, re.Match[str]]]) -> tuple[list[str], str] | None:
    step = 24 * 60 // len(matches)
    minutes = [int(m[1]) * 60 + int(m[2]) for _, m in matches]
    # The end of a day is often written 00:00: that column then stands last, after 23:45.
    ends_at_midnight = minutes[-1] == 0 and minutes[0] == step
    if ends_at_midnight:
        minutes[-1] = 24 * 60
    order = sorted(range(len(minutes)), key=minutes.__getitem__)
    for first, kind in ((0, "start"), (step, "end")):
        if [minutes[i] for i in order] == list(range(first, first + 24 * 60, step)):
            return [matches[i][0] for i in order], kind
    return None


def _numbered(names: list[str], lower: list[str]) -> tuple[list[str], None] | None:
    """Columns numbered from 0 or 1 with one and the same word before the number."""
    by_word: dict[str, dict[int, str]] = {}
    for name, low in zip(names, lower, strict=True):
        match = _NUMBERED.fullmatch(low)
        if match:
            by_word.setdefault(match[1] or "", {})[int(match[2])] = name
    runs = [
        [numbers[n] for n in sorted(numbers)]
        for numbers in by_word.values()
        if len(numbers) in SLOT_COUNTS
        and sorted(numbers) in (list(range(len(numbers))), list(range(1, len(numbers) + 1)))
    ]
    return (runs[0], None) if len(runs) == 1 else None
