"""Records of the Utility Rate Database become tariffs of the same prices, or are refused by the field's name."""

import csv
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library import tariffs
from wattloop.library.tariffs.compiled import Kind, Pooling
from wattloop.library.tariffs.dump import dump
from wattloop.library.tariffs.urdb_fields import PRICED
from wattloop.library.tariffs.urdb_fields import REFUSED as FIELDS_REFUSED

DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "urdb"
FLAT = [[0] * 24] * 12
SUMMER = [[0] * 24] * 5 + [[0] * 12 + [2] * 6 + [0] * 6] * 4 + [[0] * 24] * 3


def record(**changes):
    base = {
        "label": "539f",
        "name": "General, secondary",
        "country": "USA",
        "energyratestructure": [[{"rate": 0.1, "unit": "kWh"}]],
        "energyweekdayschedule": FLAT,
        "energyweekendschedule": FLAT,
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


def prices(tariff):
    return {one.name: one.prices for one in tariff.components}


def test_only_used_periods_are_kept_and_weekends_are_saturday_and_sunday():
    tariff = tariffs.from_urdb(
        record(
            energyratestructure=[[{"rate": 0.1}], [{"rate": 9}], [{"rate": 0.3}]],
            energyweekdayschedule=SUMMER,
        )
    )
    calendar = tariff.calendar
    assert calendar.periods == ("period-0", "period-2")
    assert calendar.zone is None
    assert prices(tariff) == {"energy": ((Decimal("0.1"), Decimal("0.3")),)}
    day = np.datetime64("2018-07-04") - np.datetime64(calendar.first_day)  # a Wednesday, and a holiday nobody heeds
    wednesday, saturday = (calendar.patterns[calendar.pattern_of_day[int(day.astype(int)) + more]] for more in (0, 3))
    assert wednesday[12 * 12 : 18 * 12].tolist() == [1] * 72
    assert saturday.max() == 0


def test_tiers_are_pooled_and_a_period_with_fewer_keeps_its_last_price():
    tariff = tariffs.from_urdb(
        record(
            energyratestructure=[
                [{"max": 500, "rate": 0.1, "adj": 0.01}, {"max": 900, "rate": 0.2}, {"rate": 0.3}],
                [],
                [{"max": 400, "rate": 0.5}, {"rate": 0.6}],
            ],
            energyweekdayschedule=SUMMER,
        )
    )
    assert tariff.tiers.pooling is Pooling.PRO_RATA
    assert tariff.tiers.bounds == (((500_000, 900_000), (400_000, None)),)
    assert prices(tariff)["energy"] == tuple(
        tuple(map(Decimal, row)) for row in (("0.1", "0.5"), ("0.2", "0.6"), ("0.3", "0.6"))
    )
    assert [(one.name, one.kind) for one in tariff.components] == [("energy", Kind.ENERGY), ("adj", Kind.ADJUSTMENT)]
    assert prices(tariff)["adj"][0][0] == Decimal("0.01")
    assert prices(tariff)["adj"][1][0] == 0


def test_a_daily_bound_grows_with_the_days():
    tariff = tariffs.from_urdb(
        record(energyratestructure=[[{"max": 20, "unit": "kWh daily", "rate": 1}, {"unit": "kWh daily", "rate": 2}]])
    )
    assert tariff.tiers.per_day
    assert tariff.tiers.bounds == (((20_000,),),)


def test_demand_by_time_of_use_follows_its_own_schedule():
    tariff = tariffs.from_urdb(
        record(
            demandratestructure=[[{"rate": 0}], [{"rate": 5, "adj": -1}], [{"max": 10, "rate": 7}, {"rate": 8}]],
            demandweekdayschedule=SUMMER,
            demandweekendschedule=[[1] * 24] * 12,
            demandrateunit="kW",
            demandwindow=15,
        )
    )
    rate, adjustment = tariff.demand
    assert rate.calendar.periods == ("period-0", "period-1", "period-2")
    assert [None if ladder is None else [(one.upper, one.price) for one in ladder] for ladder in rate.ladders] == [
        None, [(None, 5)], [(10_000, 7), (None, 8)],
    ]  # fmt: skip
    assert (adjustment.name, adjustment.kind, adjustment.ladders[1][0].price) == ("demand-adj", Kind.DEMAND_TOU, -1)
    assert rate.block_minutes is None
    assert "demandwindow 15 min" in tariff.source["note"]


def test_demand_on_the_energy_schedule_shares_its_calendar():
    tariff = tariffs.from_urdb(
        record(
            energyratestructure=[[{"rate": 1}], [{"rate": 1}], [{"rate": 2}]],
            energyweekdayschedule=SUMMER,
            demandratestructure=[[{"rate": 3}], [{"rate": 4}]],
            demandweekdayschedule=[[0 if hour else 1 for hour in row] for row in SUMMER],
            demandweekendschedule=[[1] * 24] * 12,
        )
    )
    assert tariff.demand[0].calendar is None
    assert [ladder[0].price for ladder in tariff.demand[0].ladders] == [4, 3]


def test_demand_of_one_period_is_still_demand_by_time_of_use():
    whole_year = {"demandweekdayschedule": FLAT, "demandweekendschedule": FLAT}
    tariff = tariffs.from_urdb(record(demandratestructure=[[{"rate": 6.62}]], **whole_year))
    assert [(one.kind, one.ladders[0][0].price, one.calendar) for one in tariff.demand] == [
        (Kind.DEMAND_TOU, Decimal("6.62"), None)
    ]


def test_flat_demand_has_a_charge_for_the_months_of_each_price():
    tariff = tariffs.from_urdb(
        record(
            flatdemandstructure=[[{"rate": 8.5}], [{"rate": 9, "adj": 0.5}]],
            flatdemandmonths=[0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0],
            flatdemandunit="kW",
        )
    )
    assert [(one.name, sorted(one.months), one.ladders[0][0].price) for one in tariff.demand] == [
        ("flat-0", [1, 2, 3, 4, 5, 10, 11, 12], Decimal("8.5")),
        ("flat-1", [6, 7, 8, 9], 9),
        ("flat-1-adj", [6, 7, 8, 9], Decimal("0.5")),
    ]


@pytest.mark.parametrize(("unit", "per"), [("$/month", "month"), ("$/day", "day"), ("$/year", "year"), (None, "month")])
def test_fixed_and_minimum_charges_keep_their_span(unit, per):
    tariff = tariffs.from_urdb(
        record(fixedchargefirstmeter=0.8214, fixedchargeunits=unit, mincharge=22, minchargeunits="$/year")
    )
    assert [(one.price, one.per) for one in tariff.fixed] == [(Decimal("0.8214"), per)]
    assert [(one.price, one.per) for one in tariff.minimums] == [(22, "year")]
    assert Kind.SURCHARGE not in tariff.minimums[0].counts


def test_noise_of_binary_fractions_is_rounded_at_ten_decimals_and_said():
    tariff = tariffs.from_urdb(record(energyratestructure=[[{"rate": 0.06366999999999999}]]))
    assert prices(tariff) == {"energy": ((Decimal("0.06367"),),)}
    assert "0.06366999999999999 is rounded to 0.06367" in tariff.source["note"]


REFUSED = {
    "lookbackpercent": {"lookbackpercent": 0.8},
    "lookbackmonths": {"lookbackmonths": [0, 1] + [0] * 10},
    "lookbackrange": {"lookbackrange": 11},
    "demandratchetpercentage": {"demandratchetpercentage": [0.5] * 12},
    "demandreactivepowercharge": {"demandreactivepowercharge": 0.25},
    "fueladjustmentsmonthly": {"fueladjustmentsmonthly": [0.01] * 12},
    "coincidentratestructure": {"coincidentratestructure": [[{"rate": 3}]]},
    "fixedchargeeaaddl": {"fixedchargeeaaddl": 5},
    "someday": {"someday": {"deep": [{"fee": "$4.20"}]}},
    "country": {"country": "CAN"},
    "fixedchargeunits": {"fixedchargefirstmeter": 4, "fixedchargeunits": "$/kW"},
    "minchargeunits": {"mincharge": 4, "minchargeunits": "$/day"},
    "energyratestructure": {"energyratestructure": None},
    "energyratestructure[0][0].max": {"energyratestructure": [[{"max": 5, "rate": 1}]]},
    "energyratestructure[0][0].unit": {"energyratestructure": [[{"unit": "kWh/kW", "rate": 1}]]},
    "energyratestructure[0][0].rate": {"energyratestructure": [[{"rate": "ten"}]]},
    "energyratestructure[0][0].credit": {"energyratestructure": [[{"rate": 1, "credit": 1}]]},
    "energyweekendschedule": {"energyweekendschedule": [[0] * 24] * 11},
    "energyweekdayschedule": {"energyweekdayschedule": [[7] * 24] * 12},
    "flatdemandmonths": {"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": [1] * 12},
    "flatdemandunit": {"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": [0] * 12, "flatdemandunit": "hp"},
    "demandunits": {"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": [0] * 12, "demandunits": "kVA"},
    "flatdemandstructure[0][1].max": {
        "flatdemandstructure": [[{"max": 5, "rate": 1}, {"max": 9, "rate": 2}]],
        "flatdemandmonths": [0] * 12,
    },
}

BY_CASE = {
    "a month that names no period": ("flatdemandmonths", {"flatdemandmonths": [0] * 11 + [None]}),
    "months in text": ("flatdemandmonths", {"flatdemandmonths": ["0"] * 12}),
    "months in fractions": ("flatdemandmonths", {"flatdemandmonths": [0.0] * 12}),
    "months in booleans": ("flatdemandmonths", {"flatdemandmonths": [False] * 12}),
    "flat demand in kVA beside others in kW": ("demandunits", {"demandunits": "kVA", "demandrateunit": "kW"}),
    "a demand tier without a rate": ("flatdemandstructure[0][0]", {"flatdemandstructure": [[{"adj": 1}]]}),
    "an energy tier without a rate": ("energyratestructure[0][0]", {"energyratestructure": [[{"unit": "kWh"}]]}),
    "an empty rate": ("energyratestructure[0][0]", {"energyratestructure": [[{"rate": ""}]]}),
    "a bound that falls": (
        "energyratestructure[0][1].max",
        {"energyratestructure": [[{"max": 9, "rate": 1}, {"max": 5, "rate": 2}, {"rate": 3}]]},
    ),
    "a bound of nothing": (
        "energyratestructure[0][0].max",
        {"energyratestructure": [[{"max": 0, "rate": 1}, {"rate": 3}]]},
    ),
    "a bound that is no number": (
        "energyratestructure[0][0].max",
        {"energyratestructure": [[{"max": float("nan"), "rate": 1}, {"rate": 3}]]},
    ),
    "a unit that is a list": (
        "energyratestructure[0][0].unit",
        {"energyratestructure": [[{"unit": ["kWh"], "rate": 1}]]},
    ),
    "an unknown field with money in words": ("newcharge", {"newcharge": "$ 5.00 per month"}),
}


@pytest.mark.parametrize("case", BY_CASE)
def test_what_would_be_priced_wrongly_in_silence_is_refused(case):
    field, changes = BY_CASE[case]
    flat = {"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": [0] * 12}
    with pytest.raises(tariffs.TariffRefused) as refusal:
        tariffs.from_urdb(record(**{**flat, **changes}))
    assert field in {problem.field for problem in refusal.value.problems}


def test_a_demand_tier_past_any_meter_is_open():
    tiers = [{"max": 5, "rate": 1}, {"max": 1e38, "rate": 2}]
    tariff = tariffs.from_urdb(record(flatdemandstructure=[tiers], flatdemandmonths=[0] * 12))
    assert [step.upper for step in tariff.demand[0].ladders[0]] == [5000, None]


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(), st.sampled_from(["", "0", "kWh", "$/day"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["rate", "max", "unit", "adj", "sell"]), inner, max_size=3),
    ),
    max_leaves=8,
)
fields = st.sampled_from([*sorted(PRICED | set(FIELDS_REFUSED)), "label", "name", "country", "startdate", "zzz"])


@settings(max_examples=150, deadline=None)
@given(changes=st.dictionaries(fields, json_values, max_size=3))
def test_whatever_stands_in_a_record_it_is_a_tariff_or_refused(changes):
    try:
        tariff = tariffs.from_urdb({**record(), **changes})
    except tariffs.TariffRefused:
        return
    assert tariff.components


@pytest.mark.parametrize("field", REFUSED)
def test_what_cannot_be_priced_is_refused_by_name(field):
    with pytest.raises(tariffs.TariffRefused) as refusal:
        tariffs.from_urdb(record(**REFUSED[field]))
    assert field in {problem.field for problem in refusal.value.problems}


def test_mixed_bounds_are_refused():
    tiers = [{"max": 5, "unit": "kWh", "rate": 1}, {"max": 9, "unit": "kWh daily", "rate": 1}, {"rate": 2}]
    with pytest.raises(tariffs.TariffRefused, match="mixed"):
        tariffs.from_urdb(record(energyratestructure=[tiers]))


def test_fields_that_charge_nothing_are_let_through():
    tariffs.from_urdb(
        record(lookbackpercent=0, demandreactivepowercharge=0, fueladjustmentsmonthly=[0] * 12, newfield="x")
    )


@pytest.mark.parametrize("wrong", [[], "text", {"items": [{}]}, {}, {"energyratestructure": "no"}])
def test_something_else_than_a_record_is_refused(wrong):
    with pytest.raises(tariffs.TariffRefused):
        tariffs.from_urdb(wrong)


@pytest.mark.data
def test_all_207_real_rates_import_and_their_files_load_to_the_same_prices(tmp_path):
    if not DATA.is_dir():
        pytest.skip(f"no URDB records at {DATA}")
    files = sorted(DATA.glob("*.json"))
    assert len(files) == 207
    for number, file in enumerate(files):
        rate = json.loads(file.read_text())
        direct = tariffs.from_urdb(rate)
        if number % 5:
            continue
        written = tmp_path / "tariff.yaml"
        written.write_text(dump(tariffs.urdb_document(rate)), encoding="utf-8")
        loaded = tariffs.load(written)
        for part in ("id", "name", "components", "tiers", "fixed", "minimums", "rounding", "source", "scope"):
            assert getattr(loaded, part) == getattr(direct, part), (file.name, part)
        for one, other in zip(loaded.demand, direct.demand, strict=True):
            assert (one.name, one.ladders, one.months) == (other.name, other.ladders, other.months)
        assert np.array_equal(loaded.calendar.patterns, direct.calendar.patterns)
        assert np.array_equal(loaded.calendar.pattern_of_day, direct.calendar.pattern_of_day)


class Year:
    """The load of 2018 priced by month in floating point: a second reading of what an imported tariff means."""

    def __init__(self):
        with (DATA / "load_2018.csv").open() as rows:
            self.kw = np.array([float(row["kw"]) for row in csv.DictReader(rows)])
        days = np.datetime64("2018-01-01") + np.arange(365)
        self.month = np.repeat(days.astype("datetime64[M]").astype(int) % 12 + 1, 24)

    def periods(self, calendar):
        start = (dt.date(2018, 1, 1) - calendar.first_day).days
        return calendar.patterns[calendar.pattern_of_day[start : start + 365]][:, ::12].reshape(-1)

    def bill(self, tariff, month):
        now = self.month == month
        kw, periods = self.kw[now], self.periods(tariff.calendar)[now]
        energy = np.bincount(periods, kw, len(tariff.calendar.periods))
        costs = {"energy": 0.0, "dem_flat": 0.0, "dem_tou": 0.0}
        for period, kwh in enumerate(energy):
            for tier, share in enumerate(self.shares(tariff.tiers, period, energy.sum(), len(kw) // 24)):
                for one in tariff.components:
                    row = one.prices[tier if one.by_tier else 0]
                    costs["energy"] += kwh * share * float(row[period if one.by_period else 0])
        for charge in tariff.demand:
            if month not in charge.months:
                continue
            flat = charge.kind is Kind.DEMAND_FLAT
            inside = np.zeros(len(kw), int) if flat else self.periods(charge.calendar or tariff.calendar)[now]
            for period, ladder in enumerate(charge.ladders):
                if ladder is not None and (inside == period).any():
                    costs["dem_flat" if flat else "dem_tou"] += self.climb(ladder, kw[inside == period].max())
        return costs

    @staticmethod
    def shares(tiers, period, total, days):
        bounds = [] if tiers is None else [bound for bound in tiers.bounds[0][period] if bound is not None]
        ends = [bound / 1000 * (days if tiers.per_day else 1) for bound in bounds]
        return np.diff([0, *(min(total, end) for end in ends), total]) / total

    @staticmethod
    def climb(ladder, peak):
        cost = low = 0.0
        for step in ladder:
            high = peak if step.upper is None else min(peak, step.upper / 1000)
            cost += max(0.0, high - low) * float(step.price)
            low = max(low, high)
        return cost


@pytest.mark.data
def test_all_207_imported_rates_mean_what_an_independent_engine_charged():
    if not DATA.is_dir():
        pytest.skip(f"no URDB records at {DATA}")
    year, wrong = Year(), []
    with (DATA / "expected.csv").open() as rows:
        for want in csv.DictReader(rows):
            tariff = tariffs.from_urdb(json.loads((DATA / f"{want['label']}.json").read_text()))
            for month in range(1, 13):
                for kind, cost in year.bill(tariff, month).items():
                    if abs(cost - float(want[f"{kind}_{month}"])) > 0.005:
                        wrong.append((want["label"], kind, month))
    assert not wrong
