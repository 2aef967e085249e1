"""The county's customers are believable: ragged one by one, smooth together, and each class lives its own year."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from wattloop.example.accounts import class_of
from wattloop.example.classes import CLASSES
from wattloop.example.county import SEED, households
from wattloop.example.customer import character, customer
from wattloop.example.surroundings import Surroundings
from wattloop.example.weather import sun

SWISS = Path(__file__).parents[2] / ".." / "shared" / "data" / "swiss_537hh_15min_2018.parquet"
ABSURD = ["CH055", "CH524"]
FIRST, LAST = dt.date(2025, 11, 1), dt.date(2026, 10, 31)
AROUND = Surroundings.around(FIRST, LAST, SEED)
DAYS = np.arange(np.datetime64(FIRST), np.datetime64(LAST) + 1)
MONTH = DAYS.astype("datetime64[M]").astype(int) % 12 + 1
WORKED = (AROUND.kinds == 0) & (AROUND.festival > 20)


@pytest.fixture(scope="module")
def year():
    """The sum of up to forty customers of each class: {class: int64[365, 96] Wh}."""
    of = class_of(2_000, SEED)
    return {
        kind.id: sum(customer(kind, int(i), AROUND, SEED).astype(np.int64) for i in np.flatnonzero(of == number)[:40])
        for number, kind in enumerate(CLASSES)
    }


@pytest.fixture(scope="module")
def autumn():
    """537 urban households over the real file's seven weeks: int64[537, 49, 96] Wh."""
    return households(537, dt.date(2018, 10, 29), 49).astype(np.int64)


def load_factor_and_coincidence(values):
    flat = values.reshape(len(values), -1)
    total = flat.sum(axis=0)
    return total.mean() / total.max(), total.max() / flat.max(axis=1).sum()


def raggedness(values):
    """Medians over households: variation of a quarter-hour, of a day, likeness to yesterday, base load's share."""
    values = values[values.mean(axis=(1, 2)) > 5]  # homes that somebody lives in
    flat = values.reshape(len(values), -1).astype(float)
    mean = flat.mean(axis=1)
    apart = flat - mean[:, None]
    days = values.sum(axis=2)
    found = {
        "quarter-hour": flat.std(axis=1) / mean,
        "day": days.std(axis=1) / days.mean(axis=1),
        "next quarter-hour": (apart[:, :-1] * apart[:, 1:]).mean(axis=1) / flat.var(axis=1),
        "yesterday": (apart[:, :-96] * apart[:, 96:]).mean(axis=1) / flat.var(axis=1),
        "median": np.median(flat, axis=1) / mean,
    }
    return {name: float(np.median(of_household)) for name, of_household in found.items()}


def kwh(values, days):
    """Mean energy of the chosen days."""
    return values[days].sum() / 1000 / days.sum()


def at(values, days, first, last):
    """Mean power between two hours on chosen days, as a multiple of their mean."""
    chosen = values[days]
    return chosen[:, first * 4 : last * 4].mean() / chosen.mean()


def test_households_have_the_load_factor_and_coincidence_of_real_ones(autumn):
    found = load_factor_and_coincidence(autumn)
    assert found == (pytest.approx(0.4454, rel=0.15), pytest.approx(0.3920, rel=0.15))


def test_a_household_is_as_ragged_as_a_real_one(autumn):
    found = raggedness(autumn)
    assert found["quarter-hour"] == pytest.approx(1.02, rel=0.15)
    assert found["day"] == pytest.approx(0.24, rel=0.25)
    assert found["next quarter-hour"] == pytest.approx(0.63, abs=0.20)
    assert found["yesterday"] == pytest.approx(0.43, abs=0.10)
    assert found["median"] == pytest.approx(0.58, abs=0.15)


@pytest.mark.data
def test_the_real_households_are_what_ours_are_measured_against():
    if not SWISS.exists():
        pytest.skip(f"{SWISS} is not there")
    import pandas as pd

    frame = pd.read_parquet(SWISS)
    frame = frame[~frame["point"].isin(ABSURD)].sort_values(["point", "start"])
    raw = frame["kwh"].to_numpy().reshape(frame["point"].nunique(), -1, 96) * 1000
    assert load_factor_and_coincidence(raw) == (pytest.approx(0.4454, abs=5e-4), pytest.approx(0.3920, abs=5e-4))
    real = raggedness(np.rint(np.maximum(raw, 0)).astype(np.int64))
    wanted = {"quarter-hour": 1.02, "day": 0.24, "next quarter-hour": 0.63, "yesterday": 0.43, "median": 0.58}
    assert real == pytest.approx(wanted, abs=0.01)


def test_households_differ_in_size_and_some_homes_stand_empty(autumn):
    mean = autumn.mean(axis=(1, 2)) * 4
    lived_in = mean[mean > 20]
    assert 0.5 < np.log(lived_in).std() < 0.95
    assert 0.6 < np.quantile(lived_in, 0.75) / np.quantile(lived_in, 0.25) - 1 < 2.5
    assert 0.003 < (autumn == 0).mean() < 0.06
    assert 0.01 < (mean <= 20).mean() < 0.06


def test_households_peak_in_the_evening_and_cool_in_summer_and_heat_in_winter(year):
    homes = year["residential-urban"]
    assert at(homes, WORKED, 18, 22) > 1.6
    assert at(homes, WORKED, 2, 5) < 0.7
    mild, july, january = (kwh(homes, m == MONTH) for m in (4, 7, 1))
    assert 1.2 < july / mild < 2
    assert 1.1 < january / mild < 1.6
    hot, warm = (MONTH == 7) & (AROUND.hot > 5), (MONTH == 7) & (AROUND.hot < 3)
    assert kwh(homes, hot) > 1.1 * kwh(homes, warm)


def test_at_the_spring_festival_the_towns_households_shops_and_factories_are_quiet(year):
    festival, before = AROUND.festival == 0, (AROUND.festival >= 22) & (AROUND.festival <= 35)
    assert festival.sum() >= 4
    for name, most in (
        ("residential-urban", 0.95), ("shop", 0.85), ("office", 0.7), ("school", 0.4),
        ("industrial-one-shift", 0.4), ("industrial-two-shifts", 0.4),
    ):  # fmt: skip
        assert kwh(year[name], festival) < most * kwh(year[name], before & (AROUND.kinds == 0)), name
    assert kwh(year["industrial-continuous"], festival) > 0.85 * kwh(year["industrial-continuous"], before)


def test_factories_work_their_shifts_and_rest_at_weekends(year):
    one, two, always = (year[f"industrial-{name}"] for name in ("one-shift", "two-shifts", "continuous"))
    assert at(one, WORKED, 9, 12) > 3 * at(one, WORKED, 19, 24)
    assert at(two, WORKED, 19, 22) > 3 * at(two, WORKED, 0, 5)
    assert at(always, WORKED, 0, 5) == pytest.approx(at(always, WORKED, 9, 12), rel=0.1)
    weekend = (AROUND.kinds == 1) & (AROUND.festival > 20)
    assert 0.3 < kwh(one, weekend) / kwh(one, WORKED) < 0.7
    assert kwh(two, weekend) < 0.95 * kwh(two, WORKED)
    assert kwh(always, weekend) == pytest.approx(kwh(always, WORKED), rel=0.05)


def test_offices_and_schools_shut_and_restaurants_fill_at_weekends(year):
    weekend = (AROUND.kinds == 1) & (AROUND.festival > 20)
    assert kwh(year["office"], weekend) < 0.6 * kwh(year["office"], WORKED)
    assert kwh(year["school"], weekend) < 0.6 * kwh(year["school"], WORKED & ~AROUND.summer)
    assert kwh(year["school"], WORKED & (MONTH == 7)) < 0.6 * kwh(year["school"], WORKED & (MONTH == 6))
    assert kwh(year["restaurant"], weekend) > kwh(year["restaurant"], WORKED)


def test_street_lamps_burn_from_dusk_to_dawn_all_year(year):
    lamps = year["street-light"] / year["street-light"].max()
    sunrise, sunset = sun(FIRST, LAST)
    for name, rise, fall in (("2026-06-21", 4.95, 19.05), ("2025-12-21", 6.95, 17.05)):
        day = int((np.datetime64(name) - DAYS[0]).astype(int))
        assert sunrise[day] == pytest.approx(rise, abs=0.15)  # hours of China's clock at 31.5 °N, 120 °E
        assert sunset[day] == pytest.approx(fall, abs=0.15)
    slots = np.arange(96) / 4
    broad = (slots >= sunrise[:, None]) & (slots + 0.25 <= sunset[:, None])
    night = (slots + 0.25 <= sunrise[:, None] - 0.5) | (slots >= sunset[:, None] + 0.5)
    assert lamps[broad].max() < 0.05
    assert lamps[night].min() > 0.75
    burning = (lamps > 0.5).sum(axis=1) / 4
    assert burning[MONTH == 12].mean() - burning[MONTH == 6].mean() == pytest.approx(4.1, abs=0.4)


def test_pumps_run_in_the_growing_season_while_the_fields_are_dry(year):
    pumps = year["agriculture-pump"]
    assert kwh(pumps, np.isin(MONTH, [6, 7, 8, 9])) > 8 * kwh(pumps, np.isin(MONTH, [12, 1, 2]))
    growing = np.isin(MONTH, [6, 7, 8, 9])
    dry, wet = growing & (AROUND.drought > 0.8), growing & (AROUND.drought < 0.3)
    assert min(dry.sum(), wet.sum()) > 5
    assert kwh(pumps, dry) > 2 * kwh(pumps, wet)


def test_home_chargers_charge_at_night_at_full_power_on_some_nights(year):
    chargers = year["ev-home"]
    assert (at(chargers, WORKED, 22, 24) * 2 + at(chargers, WORKED, 0, 3) * 3) / 24 > 0.6
    kind = next(c for c in CLASSES if c.id == "ev-home")
    one = customer(kind, 11, AROUND, SEED)
    running = one > one.max() / 2
    assert 0.5 * kind.kw < one.max() * 4 / 1000 < 2 * kind.kw
    assert 0.2 < running.any(axis=1).mean() < 0.95
    assert 0.02 < running.mean() < 0.12


def test_charging_stations_are_busiest_on_holidays(year):
    stations = year["ev-station"]
    assert kwh(stations, AROUND.kinds == 2) > 1.1 * kwh(stations, WORKED)


def test_classes_share_the_energy_as_in_a_chinese_county():
    of = class_of(2_000, SEED)
    sample = {}
    for number, kind in enumerate(CLASSES):
        members = np.flatnonzero(of == number)
        some = members[:60]
        use = sum(customer(kind, int(i), AROUND, SEED).sum(dtype=np.int64) for i in some)
        sample[kind.id] = use * len(members) / len(some)
    total = sum(sample.values())
    part = {
        group: sum(use for name, use in sample.items() if name.startswith(prefix)) / total
        for group, prefix in (("industry", "industrial"), ("homes", "residential"), ("charging", "ev"))
    }
    assert 0.55 < part["industry"] < 0.75
    assert 0.08 < part["homes"] < 0.20
    assert 0.01 < part["charging"] < 0.06


def test_a_customers_character_is_its_own_and_stays():
    kind = CLASSES[0]
    assert character(kind, 5, SEED).watts == character(kind, 5, SEED).watts
    assert len({character(kind, i, SEED).watts for i in range(50)}) == 50


def test_a_year_not_announced_yet_has_its_festival_and_holidays():
    far = Surroundings.around(dt.date(2031, 1, 1), dt.date(2031, 12, 31), SEED)
    assert (far.kinds == 2).sum() >= 11
    assert far.festival[(dt.date(2031, 1, 23) - dt.date(2031, 1, 1)).days] == 0  # the year of the pig begins
