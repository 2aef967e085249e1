"""The customer classes of the example county: how many, how large, when they use, and on which tariff.

Sizes and hours are our own assumptions, chosen to look like a Chinese county seat and
its villages; none is a statistic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HOURS = np.arange(96) / 4.0


def _bump(at: float, width: float) -> npt.NDArray[np.float64]:
    """A rise and fall around an hour, over midnight too."""
    away = np.abs((HOURS - at + 12) % 24 - 12)
    found: npt.NDArray[np.float64] = np.exp(-0.5 * (away / width) ** 2)
    return found


def _open(first: float, last: float, ramp: float = 0.5) -> npt.NDArray[np.float64]:
    """Nearly nothing outside opening hours, all inside."""
    rise = 1 / (1 + np.exp(-(HOURS - first) / ramp * 4))
    fall = 1 / (1 + np.exp((HOURS - last) / ramp * 4))
    found: npt.NDArray[np.float64] = rise * fall
    return found


@dataclass(frozen=True, eq=False)
class CustomerClass:
    """One class of customers.

    Args:
        id, zh, en: its name.
        share: of the county's customers.
        tariff: the tariff it is on.
        kw: median of a customer's average power, kW.
        spread: sigma of its logarithm.
        working, weekend, holiday: float64[96], how use is spread over such a day.
        cooling, heating: what one degree above 24 °C or below 12 °C adds, as a share of the average.
        noise: shape of the gamma noise from quarter to quarter: 2 is jumpy, 50 smooth.
        day_noise: sigma of the logarithm from day to day.
    """

    id: str
    zh: str
    en: str
    share: float
    tariff: str
    kw: float
    spread: float
    working: npt.NDArray[np.float64]
    weekend: npt.NDArray[np.float64]
    holiday: npt.NDArray[np.float64]
    cooling: float
    heating: float
    noise: float
    day_noise: float


_HOME = 0.50 + 0.55 * _bump(7.25, 1.1) + 0.45 * _bump(12, 1.2) + 1.50 * _bump(19.5, 2.1) + 0.30 * _bump(22.5, 1.2)
_HOME_FREE = (
    0.48 + 0.40 * _bump(8.75, 1.4) + 0.65 * _bump(12, 1.4) + 1.45 * _bump(19.25, 2.1) + 0.30 * _bump(22.75, 1.2)
)
_SHOP = 0.12 + _open(8.5, 21.5) * (0.8 + 0.3 * _bump(19, 2))
_OFFICE = 0.15 + _open(8, 18) * (0.9 - 0.25 * _bump(12.75, 0.7))
_OFFICE_SHUT = 0.18 + 0.08 * _open(9, 17)
_RESTAURANT = 0.12 + 0.9 * _bump(11.75, 1.2) + 1.1 * _bump(18.75, 1.5)
_SCHOOL = 0.12 + _open(7, 17.5) * (0.9 - 0.3 * _bump(12.5, 0.9)) + 0.2 * _bump(20, 1.3)
_PUMP = 0.10 + _open(5.5, 10.5) + 0.7 * _open(16, 20)
_LAMPS = 0.02 + np.clip(_open(18.2, 30) + _open(-6, 5.8), 0, 1)
_ONE_SHIFT = 0.15 + _open(7.5, 17.5) * (1 - 0.3 * _bump(12.25, 0.6))
_TWO_SHIFTS = 0.18 + _open(6.5, 22.5) * (1 - 0.15 * _bump(14.25, 0.5))
_CONTINUOUS = np.full(96, 1.0) + 0.06 * _bump(10, 3)
_STATION = 0.10 + 0.9 * _bump(1, 2.2) + 0.8 * _bump(12.5, 1.4) + 0.5 * _bump(18, 1.8)
_HOME_CHARGER = 0.01 + 1.6 * _bump(0.5, 1.7) + 0.3 * _bump(20, 1.0)

CLASSES = (
    CustomerClass(
        "residential-urban",
        "城镇居民",
        "Urban household",
        0.52,
        "residential-yearly",
        0.30,
        0.55,
        _HOME,
        _HOME_FREE,
        _HOME_FREE,
        0.075,
        0.020,
        7,
        0.16,
    ),
    CustomerClass(
        "residential-rural",
        "乡村居民",
        "Rural household",
        0.26,
        "residential-yearly",
        0.22,
        0.60,
        _HOME,
        _HOME_FREE,
        _HOME_FREE * 1.15,
        0.060,
        0.012,
        6,
        0.18,
    ),
    CustomerClass(
        "shop",
        "商店",
        "Shop",
        0.075,
        "commercial-single-part",
        1.6,
        0.70,
        _SHOP,
        _SHOP * 1.1,
        _SHOP * 1.1,
        0.055,
        0.015,
        12,
        0.10,
    ),
    CustomerClass(
        "office",
        "办公",
        "Office",
        0.030,
        "commercial-single-part",
        4.5,
        0.80,
        _OFFICE,
        _OFFICE_SHUT,
        _OFFICE_SHUT,
        0.060,
        0.020,
        16,
        0.08,
    ),
    CustomerClass(
        "restaurant",
        "餐饮",
        "Restaurant",
        0.025,
        "commercial-single-part",
        4.0,
        0.60,
        _RESTAURANT,
        _RESTAURANT * 1.2,
        _RESTAURANT * 1.25,
        0.050,
        0.012,
        9,
        0.12,
    ),
    CustomerClass(
        "school",
        "学校",
        "School",
        0.008,
        "commercial-single-part",
        14.0,
        0.50,
        _SCHOOL,
        _OFFICE_SHUT,
        _OFFICE_SHUT * 0.8,
        0.040,
        0.015,
        18,
        0.08,
    ),
    CustomerClass(
        "agriculture-pump",
        "农业排灌",
        "Irrigation pump",
        0.020,
        "commercial-single-part",
        3.0,
        0.80,
        _PUMP,
        _PUMP,
        _PUMP,
        0.080,
        0.0,
        6,
        0.45,
    ),
    CustomerClass(
        "street-light",
        "路灯",
        "Street lighting",
        0.008,
        "commercial-single-part",
        5.0,
        0.40,
        _LAMPS,
        _LAMPS,
        _LAMPS,
        0.0,
        0.0,
        200,
        0.02,
    ),
    CustomerClass(
        "industrial-one-shift",
        "一班制工业",
        "One-shift factory",
        0.014,
        "industrial-demand",
        70.0,
        0.70,
        _ONE_SHIFT,
        0.35 * _ONE_SHIFT + 0.08,
        np.full(96, 0.13),
        0.010,
        0.004,
        25,
        0.08,
    ),
    CustomerClass(
        "industrial-two-shifts",
        "两班制工业",
        "Two-shift factory",
        0.006,
        "industrial-demand",
        180.0,
        0.60,
        _TWO_SHIFTS,
        0.7 * _TWO_SHIFTS + 0.05,
        np.full(96, 0.20),
        0.008,
        0.003,
        40,
        0.06,
    ),
    CustomerClass(
        "industrial-continuous",
        "连续生产工业",
        "Continuous-process factory",
        0.003,
        "industrial-demand",
        420.0,
        0.50,
        _CONTINUOUS,
        _CONTINUOUS,
        0.92 * _CONTINUOUS,
        0.004,
        0.002,
        120,
        0.03,
    ),
    CustomerClass(
        "ev-station",
        "充电站",
        "Charging station",
        0.006,
        "ev-charging",
        45.0,
        0.50,
        _STATION,
        _STATION * 1.15,
        _STATION * 1.3,
        0.004,
        0.010,
        5,
        0.18,
    ),
    CustomerClass(
        "ev-home",
        "居民充电桩",
        "Home charger",
        0.025,
        "ev-charging",
        0.35,
        0.40,
        _HOME_CHARGER,
        _HOME_CHARGER * 0.9,
        _HOME_CHARGER * 0.8,
        0.0,
        0.006,
        1.6,
        0.50,
    ),
)

TARIFF_OF_CLASS = {c.id: c.tariff for c in CLASSES}
