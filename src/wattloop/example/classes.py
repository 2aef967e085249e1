"""The customer classes of the example county: how many, how large, when they use, and on which tariff.

A customer's use has two parts. Its *steady* part follows the hours of its class. Its
*loads* are switched on and off: a water heater, a charger, a pump; they make a single
customer's curve as ragged as a real one, while the county's stays smooth. Sizes and
hours are our own assumptions, chosen to look like a Chinese county seat and its
villages; none is a statistic.
"""

from __future__ import annotations

from dataclasses import dataclass

from wattloop.example import hours
from wattloop.example.hours import Hours


@dataclass(frozen=True, eq=False, kw_only=True)
class Load:
    """Something that a customer switches on and off.

    Args:
        power: while it runs, as a multiple of the customer's `kw`.
        per_day: how often it is switched on, where nothing holds it back.
        slots: how long it then runs, in quarters of an hour, on average.
        begins, begins_free: float64[96], when it is switched on, on working and on other days.
        habits: at how many hours of its own a customer does so, drawn from those; 0 for any of them.
        at_once: how many of them may run together.
        cooling, heating: its chance to be needed, per degree above 24 °C and below 12 °C; 0 and 0: always.
        watering: it is needed as the fields are dry.
        chances: of a working day, a weekend's, a holiday's.
    """

    power: float
    per_day: float
    slots: float
    begins: Hours
    begins_free: Hours | None = None
    habits: int = 0
    at_once: int = 1
    cooling: float = 0.0
    heating: float = 0.0
    watering: bool = False
    chances: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class CustomerClass:
    """One class of customers.

    Args:
        id, zh, en: its name.
        share: of the county's customers.
        tariff: the tariff it is on.
        kw: median of a customer's size, kW: about its average power in mild weather, or what its one load takes.
        spread: sigma of its logarithm.
        steady: the steady part, as a multiple of `kw`.
        working, weekend, holiday: float64[96], how the steady part is spread over such a day.
        lit: the steady part burns from dusk to dawn instead.
        cooling, heating: what one degree above 24 °C or below 12 °C adds to the steady part, as a share of it.
        noise: sigma from quarter to quarter, as a share of the use.
        day_noise: sigma of the logarithm from day to day.
        loads: what is switched on and off.
        limit: how much of that runs at once, as a multiple of `kw`.
        away: the chance that nobody is there for some days of a month.
        leaves: the chance that nobody is there over the Spring Festival.
        vacant: the share that nobody uses at all.
        closes: days before and after the Spring Festival's public days that are holidays too.
        summer_break: July and August are holidays.
    """

    id: str
    zh: str
    en: str
    share: float
    tariff: str
    kw: float
    spread: float
    steady: float = 1.0
    working: Hours
    weekend: Hours
    holiday: Hours
    lit: bool = False
    cooling: float = 0.0
    heating: float = 0.0
    noise: float
    day_noise: float
    loads: tuple[Load, ...] = ()
    limit: float = float("inf")
    away: float = 0.0
    leaves: float = 0.0
    vacant: float = 0.0
    closes: int = 0
    summer_break: bool = False


def _of_a_home(cooling: float, heating: float) -> tuple[Load, ...]:
    return (
        Load(power=2.0, per_day=3.2, slots=3, begins=hours.BATH, habits=3),
        Load(power=1.6, per_day=3.0, slots=2, begins=hours.KITCHEN, begins_free=hours.KITCHEN_FREE, habits=3),
        Load(power=1.1, per_day=2.8, slots=6, begins=hours.EVENING, begins_free=hours.EVENING_FREE, habits=3),
        Load(power=2.0, per_day=5.0, slots=9, begins=hours.ROOM_AIR, habits=3, cooling=cooling, heating=heating),
    )


CLASSES = (
    CustomerClass(
        id="residential-urban", zh="城镇居民", en="Urban household", share=0.52, tariff="residential-yearly",
        kw=0.30, spread=0.60, steady=0.46, working=hours.HOME, weekend=hours.HOME_FREE, holiday=hours.HOME_FREE,
        noise=0.11, day_noise=0.13, loads=_of_a_home(0.24, 0.045), limit=4.0, away=0.10, leaves=0.25, vacant=0.03,
    ),
    CustomerClass(
        id="residential-rural", zh="乡村居民", en="Rural household", share=0.28, tariff="residential-yearly",
        kw=0.22, spread=0.65, steady=0.46, working=hours.HOME, weekend=hours.HOME_FREE, holiday=hours.HOME_FREE * 1.15,
        noise=0.11, day_noise=0.15, loads=_of_a_home(0.19, 0.025), limit=4.0, away=0.06, leaves=0.04, vacant=0.06,
    ),
    CustomerClass(
        id="shop", zh="商店", en="Shop", share=0.075, tariff="commercial-single-part",
        kw=1.0, spread=0.70, working=hours.SHOP, weekend=hours.SHOP * 1.1, holiday=hours.SHOP * 1.1,
        cooling=0.055, heating=0.015, noise=0.20, day_noise=0.10, leaves=0.35,
    ),
    CustomerClass(
        id="office", zh="办公", en="Office", share=0.025, tariff="commercial-single-part",
        kw=3.0, spread=0.80, working=hours.OFFICE, weekend=hours.OFFICE_SHUT, holiday=hours.OFFICE_SHUT,
        cooling=0.060, heating=0.020, noise=0.18, day_noise=0.08,
    ),
    CustomerClass(
        id="restaurant", zh="餐饮", en="Restaurant", share=0.022, tariff="commercial-single-part",
        kw=2.4, spread=0.60, working=hours.RESTAURANT, weekend=hours.RESTAURANT * 1.2,
        holiday=hours.RESTAURANT * 1.25, cooling=0.050, heating=0.012, noise=0.25, day_noise=0.12, leaves=0.25,
    ),
    CustomerClass(
        id="school", zh="学校", en="School", share=0.005, tariff="residential-shared",
        kw=10.0, spread=0.50, working=hours.SCHOOL, weekend=hours.OFFICE_SHUT, holiday=hours.OFFICE_SHUT * 0.8,
        cooling=0.040, heating=0.015, noise=0.18, day_noise=0.08, closes=14, summer_break=True,
    ),
    CustomerClass(
        id="agriculture-pump", zh="农业排灌", en="Irrigation pump", share=0.020, tariff="agricultural",
        kw=9.0, spread=0.35, steady=0.01, working=hours.EVEN, weekend=hours.EVEN, holiday=hours.EVEN,
        noise=0.03, day_noise=0.02,
        loads=(Load(power=1.0, per_day=2.0, slots=14, begins=hours.PUMPING, watering=True),),
    ),
    CustomerClass(
        id="street-light", zh="路灯", en="Street lighting", share=0.008, tariff="commercial-single-part",
        kw=2.5, spread=0.40, lit=True, working=hours.EVEN, weekend=hours.EVEN, holiday=hours.EVEN,
        noise=0.02, day_noise=0.01,
    ),
    CustomerClass(
        id="industrial-one-shift", zh="一班制工业", en="One-shift factory", share=0.010,
        tariff="industrial-two-part-10kv",
        kw=40.0, spread=0.60, working=hours.ONE_SHIFT, weekend=0.35 * hours.ONE_SHIFT + 0.08,
        holiday=0.13 * hours.EVEN, cooling=0.010, heating=0.004, noise=0.12, day_noise=0.08, closes=6,
    ),
    CustomerClass(
        id="industrial-two-shifts", zh="两班制工业", en="Two-shift factory", share=0.004,
        tariff="industrial-two-part-10kv",
        kw=90.0, spread=0.50, working=hours.TWO_SHIFTS, weekend=0.7 * hours.TWO_SHIFTS + 0.05,
        holiday=0.20 * hours.EVEN, cooling=0.008, heating=0.003, noise=0.10, day_noise=0.06, closes=3,
    ),
    CustomerClass(
        id="industrial-continuous", zh="连续生产工业", en="Continuous-process factory", share=0.002,
        tariff="industrial-two-part-10kv", kw=170.0, spread=0.40, working=hours.CONTINUOUS, weekend=hours.CONTINUOUS,
        holiday=0.92 * hours.CONTINUOUS, cooling=0.004, heating=0.002, noise=0.06, day_noise=0.03,
    ),
    CustomerClass(
        id="ev-station", zh="充电站", en="Charging station", share=0.002, tariff="ev-charging",
        kw=28.0, spread=0.30, steady=0.05, working=hours.EVEN, weekend=hours.EVEN, holiday=hours.EVEN,
        noise=0.04, day_noise=0.03,
        loads=(Load(power=1.6, per_day=26, slots=3, begins=hours.STATION, at_once=8, chances=(0.70, 0.80, 1.0)),),
    ),
    CustomerClass(
        id="ev-home", zh="居民充电桩", en="Home charger", share=0.027, tariff="ev-charging",
        kw=6.6, spread=0.15, steady=0.001, working=hours.EVEN, weekend=hours.EVEN, holiday=hours.EVEN,
        noise=0.02, day_noise=0.01,
        loads=(Load(power=1.0, per_day=0.45, slots=11, begins=hours.HOME_CHARGER, habits=2),),
    ),
)  # fmt: skip
