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
DAY = {"date", "day", "data_date", "日期", "数据日期", "冻结日期"}
VALUES = {
    "kwh": "kWh", "energy_kwh": "kWh", "kwh_hh": "kWh", "电量": "kWh", "电量_kwh": "kWh", "有功电量": "kWh",
    "用电量": "kWh", "consumption_kwh": "kWh",
    "wh": "Wh", "energy_wh": "Wh",
    "kw": "kW", "power_kw": "kW", "功率": "kW", "有功功率": "kW", "功率_kw": "kW", "average_kw": "kW",
    "value": None, "reading": None, "energy": None, "consumption": None, "数值": None, "读数": None,
}  # fmt: skip
UNITS = {"kwh": "kWh", "wh": "Wh", "kw": "kW", "千瓦时": "kWh", "度": "kWh", "千瓦": "kW"}

_CLOCK = re.compile(r"(?:[a-zA-Z_]*)(\d{1,2}):?(\d{2})(?::00)?")
_NUMBERED = re.compile(r"(?:p|v|t|h|slot|点|第|数据点|point)?[_ ]?(\d{1,3})(?:点)?", re.IGNORECASE)


def plain(name: str) -> str:
    """A header as it is compared: lower case, units in brackets and spaces folded to underscores."""
    text = name.strip().strip("\ufeff").lower().replace("（", "(").replace("）", ")")
    return re.sub(r"[\s\-./(\[]+", "_", text).strip("_)] ")


def unit_in(name: str) -> str | None:
    """The unit a header names in brackets or at its end, as in `电量(kWh)`."""
    match = re.search(r"[(（\[_ ]([^()（）\[\]_ ]+)[)）\]]?\s*$", name.strip())
    return UNITS.get(match[1].lower()) if match else None


def slot_columns(names: list[str]) -> tuple[list[str], str] | None:
    """Columns that are the slots of a day, in order, and whether they name an interval's start or end.

    None where the header has no such run of 24, 48, 96, 144 or 288 columns.
    """
    lower = [n.strip().lower() for n in names]
    for slots in SLOT_COUNTS:
        own = slot_names(slots)
        if all(n in lower for n in own) and sum(bool(re.fullmatch(r"v\d{2,3}", n)) for n in lower) == slots:
            return [names[lower.index(n)] for n in own], "start"
    clocks = {}
    for name, low in zip(names, lower, strict=True):
        match = _CLOCK.fullmatch(low)
        if match and ":" in low:
            clocks[int(match[1]) * 60 + int(match[2])] = name
    if len(clocks) in SLOT_COUNTS:
        step = 24 * 60 // len(clocks)
        for first, kind in ((0, "start"), (step, "end")):
            if sorted(clocks) == list(range(first, first + 24 * 60, step)):
                return [clocks[m] for m in sorted(clocks)], kind
    numbers = {}
    for name, low in zip(names, lower, strict=True):
        match = _NUMBERED.fullmatch(low)
        if match:
            numbers[int(match[1])] = name
    if len(numbers) in SLOT_COUNTS:
        for first in (0, 1):
            if sorted(numbers) == list(range(first, first + len(numbers))):
                return [numbers[n] for n in sorted(numbers)], "start"
    return None
