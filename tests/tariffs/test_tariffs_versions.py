"""A document whose prices change by date stands for several versions, each with days of its own."""

import dataclasses
import datetime as dt
import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library import tariffs
from wattloop.library.quantity import clock
from wattloop.library.rating.examples import check_examples
from wattloop.library.tariffs.dump import dump
from wattloop.library.tariffs.show import version_to_show
from wattloop.library.tariffs.show_facts import overview

D = dt.date
HEAD = "id: x\nname: X\nvalid_from: 2026-09-01\ncurrency: CNY\n"  # four lines: the next is line 5


def written(tmp_path, text, name="t.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def days(found):
    return [(one.valid_from, one.valid_to) for one in found]


def price(tariff, component=0):
    return tariff.components[component].prices[0][0]


def test_a_price_by_month_makes_a_version_of_each_month_and_none_of_the_month_after(tmp_path):
    path = written(tmp_path, HEAD + "energy: {price: {2026-09: 0.3921, 2026-10: 0.4010}}\n")
    found = tariffs.load_versions(path)
    assert days(found) == [(D(2026, 9, 1), D(2026, 9, 30)), (D(2026, 10, 1), D(2026, 10, 31))]
    assert [price(one) for one in found] == [Decimal("0.3921"), Decimal("0.4010")]


def test_a_price_by_day_goes_on_after_the_last_day_named(tmp_path):
    path = written(tmp_path, HEAD + "energy: {price: {2026-09-01: 0.39, 2027-01-01: 0.40}}\n")
    assert days(tariffs.load_versions(path)) == [(D(2026, 9, 1), D(2026, 12, 31)), (D(2027, 1, 1), None)]


@pytest.mark.parametrize(
    ("until", "last"), [("open", None), ("2027-02", D(2027, 2, 28)), ("2027-02-10", D(2027, 2, 10))]
)
def test_until_says_how_long_the_last_price_holds(tmp_path, until, last):
    path = written(tmp_path, HEAD + f"energy: {{price: {{2026-09: 0.39, 2026-10: 0.40, until: {until}}}}}\n")
    assert tariffs.load_versions(path)[-1].valid_to == last


def test_the_last_february_day_of_a_leap_year_ends_its_month(tmp_path):
    text = HEAD.replace("2026-09-01", "2028-02-01") + "energy: {price: {2028-02: 0.39}}\n"
    assert days(tariffs.load_versions(written(tmp_path, text))) == [(D(2028, 2, 1), D(2028, 2, 29))]


EVERYWHERE = (
    HEAD
    + """\
calendar: {zone: Asia/Shanghai, periods: {a: A, b: B}, days: [{when: always, a: 08:00-12:00, rest: b}]}
energy:
  components:
    purchase: {price: {2026-09-01: 0.4, 2026-11-01: 0.5}, floats: true}
    local: {prices: {a: {2026-09-01: 0.1, 2026-12-01: 0.2}, b: 0.05}}
  ratios: {2026-09-01: {a: 1.6, b: 0.4}, 2026-11-15: {a: 2, b: 0.5}}
tiers:
  over: month
  pooling: pro-rata
  steps: [{up-to: 100 kWh}, {components: {local: {2026-09-01: 1, 2027-01-01: 2}}}]
demand:
  - {id: ladder, steps: [{up-to: 10 kW, price: 5}, {price: {2026-09-01: 8 CNY/kW, 2027-02-01: 9 CNY/kW}}]}
fixed: [{id: meter, price: {2026-09-01: 1 CNY/day, 2027-03-01: 2 CNY/day}}]
minimum: [{price: {2026-09-01: 15 CNY/month, 2027-04-01: 20 CNY/month}}]
surcharges:
  - {id: funds, price: {2026-09-01: 0.0271, 2027-05-01: 0.0274}}
  - {id: share, rate: {2026-09-01: 2 %, 2027-06-01: 3 %}, of: [energy]}
tax: {vat: {2026-09-01: 13 %, 2027-07-01: 12 %}, included: true}
"""
)


def test_whatever_costs_something_can_be_dated_and_each_change_begins_a_version(tmp_path):
    found = tariffs.load_versions(written(tmp_path, EVERYWHERE))
    starts = [one.valid_from for one in found]
    assert starts == [
        D(2026, 9, 1), D(2026, 11, 1), D(2026, 11, 15), D(2026, 12, 1),
        *(D(2027, month, 1) for month in range(1, 8)),
    ]  # fmt: skip
    assert all(b.valid_from - a.valid_to == dt.timedelta(days=1) for a, b in itertools.pairwise(found))
    by_day = {one.valid_from: one for one in found}
    assert price(by_day[D(2026, 9, 1)]) == Decimal("0.64")
    assert price(by_day[D(2026, 11, 1)]) == Decimal("0.80")
    assert price(by_day[D(2026, 11, 15)]) == Decimal("1.0")
    assert by_day[D(2026, 12, 1)].components[1].prices[0] == (Decimal("0.2"), Decimal("0.05"))
    assert by_day[D(2027, 1, 1)].components[1].prices[1] == (2, 2)
    assert by_day[D(2027, 2, 1)].demand[0].ladders[0][1].price == 9
    assert by_day[D(2027, 3, 1)].fixed[0].price == 2
    assert by_day[D(2027, 4, 1)].minimums[0].price == 20
    assert by_day[D(2027, 5, 1)].components[2].prices == ((Decimal("0.0274"),),)
    assert by_day[D(2027, 6, 1)].percentages[0].rate == Decimal("0.03")
    assert by_day[D(2027, 7, 1)].taxes[0].rate == Decimal("0.12")


def test_versions_share_one_calendar_so_that_a_change_of_price_changes_no_hours(tmp_path):
    found = tariffs.load_versions(written(tmp_path, EVERYWHERE))
    assert len({id(one.calendar) for one in found}) == 1


def test_a_rule_for_other_months_than_a_versions_is_no_slip(tmp_path):
    text = (
        HEAD + "calendar: {periods: {a: A, b: B}, days: [{when: Nov-Dec, a: 08:00-12:00, rest: b}, "
        "{when: always, a: 09:00-10:00, rest: b}]}\n"
        "energy: {prices: {a: {2026-09: 1, 2026-10: 2, 2026-11: 3}, b: 1}}\n"
    )
    path = written(tmp_path, text)
    assert tariffs.check(path) == []
    assert len(tariffs.load_versions(path)) == 3


def test_a_rule_for_the_rest_of_the_year_keeps_no_tariff_of_one_month_from_loading(tmp_path):
    text = HEAD + (
        "calendar: {periods: {a: A, b: B}, days: [{when: Sep, a: 08:00-12:00, rest: b}, {when: always, rest: b}]}\n"
        "energy: {prices: {a: {2026-09: 1}, b: 1}}\n"
    )
    path = written(tmp_path, text)
    assert [(one.warning, one.field) for one in tariffs.check(path)] == [(True, "calendar.days[1]")]
    assert len(tariffs.load_versions(path)) == 1
    whole = written(tmp_path, text.replace("2026-09: 1", "2026-09-01: 1").replace("when: Sep", "when: always"))
    assert [(one.warning, one.field) for one in tariffs.check(whole)] == [(False, "calendar.days[1]")]


def test_one_version_is_asked_for_by_a_day(tmp_path):
    path = written(tmp_path, HEAD + "energy: {price: {2026-09: 0.3921, 2026-10: 0.4010}}\n")
    assert price(tariffs.load(path, on=D(2026, 9, 30))) == Decimal("0.3921")
    assert price(tariffs.load(path, on=D(2026, 10, 1))) == Decimal("0.4010")
    with pytest.raises(tariffs.TariffRefused, match="no day is named; versions begin on 2026-09-01, 2026-10-01"):
        tariffs.load(path)
    for day in (D(2026, 8, 31), D(2026, 11, 1)):
        with pytest.raises(tariffs.TariffRefused, match=f"from 2026-09-01 to 2026-10-31, not on {day}"):
            tariffs.load(path, on=day)


@pytest.mark.parametrize(
    ("today", "shown"),
    [("2026-01-01", D(2026, 9, 1)), ("2026-10-31", D(2026, 10, 1)), ("2027-05-05", D(2026, 10, 1))],
)
def test_the_version_of_today_is_shown_or_the_one_nearest_to_it(tmp_path, today, shown):
    path = written(tmp_path, HEAD + "energy: {price: {2026-09: 0.3921, 2026-10: 0.4010}}\n")
    with clock.frozen(dt.datetime.fromisoformat(f"{today}T12:00:00+00:00")):
        assert version_to_show(tariffs.load_versions(path)).valid_from == shown


def test_the_days_of_a_version_that_are_shown_are_its_own(tmp_path):
    path = written(tmp_path, HEAD + "energy: {price: {2026-09: 0.3921, 2026-10: 0.4010}}\n")
    [days_shown] = overview(tariffs.load(path, on=D(2026, 10, 1)), 2026)["calendar"]
    assert days_shown["count"] == 31


REFUSED = {
    "before the tariff begins": ("{2026-08-01: 1, 2026-09-01: 2}", 7, "2026-08-01 lies before the tariff begins"),
    "nothing at the beginning": ("{2026-09-02: 1}", 7, "from 2026-09-01, when the tariff begins, to 2026-09-01"),
    "out of order": ("{2026-09-01: 1, 2026-12-01: 2, 2026-10-01: 3}", 7, "2026-10-01 does not come after 2026-12-01"),
    "the same day twice": ("{2026-09: 1, 2026-09-01: 2}", 7, "2026-09-01 does not come after 2026-09"),
    "no such day": ("{2026-09-01: 1, 2027-02-29: 2}", 7, "`2027-02-29` is no date in the calendar"),
    "no such month": ("{2026-09: 1, 2026-13: 2}", 7, "`2026-13` is no date in the calendar"),
    "a period beside dates": ("{2026-09-01: 1, peak: 2}", 7, "`peak` stands among dates and is none"),
    "an end before the last date": ("{2026-09: 1, 2026-12: 2, until: 2026-11}", 7, "ends (2026-11) before its last"),
    "an end that is none": ("{2026-09: 1, until: forever}", 7, "`forever` is no end"),
    "a month of one digit": ("{2026-9: 1}", 7, "`2026-9` stands among dates and is none"),
    "a year": ("{2026: 1}", 7, "`2026` stands among dates and is none"),
    "a date with strokes": ("{2026/09/01: 1}", 7, "`2026/09/01` stands among dates and is none"),
    "a date beyond all tariffs": ("{2026-09: 1, 9999-12: 2}", 7, "9999-12 is beyond any tariff"),
    "an end beyond all tariffs": ("{2026-09: 1, until: 9999-12}", 7, "9999-12 is beyond any tariff"),
    "dates inside dates": ("{2026-09-01: {2026-09-01: 1}}", 7, "Dates have no place here"),
    "a price that is none": ("{2026-09-01: 1, 2026-10-01: cheap}", 7, "`cheap` is not a number"),
    "only an end": ("{until: open}", 7, "`open` is not a number"),
}


@pytest.mark.parametrize("case", REFUSED, ids=list(REFUSED))
def test_dates_that_leave_a_price_undecided_are_refused_with_line_and_mend(case, tmp_path):
    dated, line, said = REFUSED[case]
    path = written(tmp_path, f"{HEAD}energy:\n  # yuan\n  price: {dated}\n")
    [problem] = tariffs.check(path)
    assert (problem.line, problem.warning) == (line, False)
    assert said in problem.what
    assert problem.mend


def test_a_date_after_the_tariffs_end_is_refused_and_an_end_before_it_is_told(tmp_path):
    head = HEAD.replace("currency", "valid_to: 2026-12-31\ncurrency")
    [late] = tariffs.check(written(tmp_path, head + "energy: {price: {2026-09-01: 1, 2027-01-01: 2}}\n"))
    assert (late.field, late.warning) == ("energy.price.2027-01-01", False)
    path = written(tmp_path, head + "energy: {price: {2026-09: 1}}\n")
    [short] = tariffs.check(path)
    assert short.warning
    assert "ends on 2026-09-30, and the tariff with it, not on 2026-12-31" in short.what
    assert days(tariffs.load_versions(path)) == [(D(2026, 9, 1), D(2026, 9, 30))]


def test_dated_prices_need_a_first_day(tmp_path):
    text = HEAD.replace("2026-09-01", "always") + "energy: {price: {2026-09: 1}}\n"
    [problem] = tariffs.check(written(tmp_path, text))
    assert (problem.field, problem.line) == ("valid_from", 3)
    assert "2026-09-01" in problem.mend


def test_a_share_is_not_dated_twice(tmp_path):
    rate = "{2026-09-01: {2026-09-01: 2 %}}"
    text = HEAD + f"energy: {{price: 1}}\nsurcharges: [{{id: s, rate: {rate}, of: [energy]}}]\n"
    assert "is not a share" in tariffs.check(written(tmp_path, text))[0].what


def test_what_is_written_by_date_is_written_out_again(tmp_path):
    path = written(tmp_path, EVERYWHERE)
    again = written(tmp_path, dump(tariffs.load_versions(path)[0].document), "again.yaml")
    first, second = tariffs.load_versions(path), tariffs.load_versions(again)
    assert days(first) == days(second)
    assert [one.components for one in first] == [one.components for one in second]


def test_seasons_named_in_the_prices_of_one_version_are_told_apart_in_that_one(tmp_path):
    text = HEAD + (
        "calendar: {seasons: {summer: Jun-Sep, winter: rest}}\n"
        "energy: {prices: {2026-09-01: {summer: 2, winter: 1}, 2027-01-01: 3}}\n"
    )
    first, second = tariffs.load_versions(written(tmp_path, text))
    assert (first.calendar.periods, second.calendar.periods) == (("summer", "winter"), ("all",))


def test_a_month_that_begins_before_the_tariff_does_may_be_its_first(tmp_path):
    head = HEAD.replace("2026-09-01", "2026-09-15")
    found = tariffs.load_versions(written(tmp_path, head + "energy: {price: {2026-09: 1, 2026-10: 2}}\n"))
    assert days(found) == [(D(2026, 9, 15), D(2026, 9, 30)), (D(2026, 10, 1), D(2026, 10, 31))]
    [problem] = tariffs.check(written(tmp_path, head + "energy: {price: {2026-09: 1, 2026-09-10: 2}}\n"))
    assert problem.what == "2026-09 is over when the tariff begins, on 2026-09-15."


def test_bounds_of_tiers_are_not_dated(tmp_path):
    steps = "[{up-to: {2026-09: 1 kWh}}, {}]"
    text = HEAD + f"energy: {{price: 1}}\ntiers: {{over: month, pooling: pro-rata, steps: {steps}}}\n"
    assert "Dates have no place here." in [one.what for one in tariffs.check(written(tmp_path, text))]


def test_what_is_wrong_with_one_of_the_prices_is_told_at_its_own_line(tmp_path):
    text = HEAD + "energy:\n  price:\n    2026-09: 0.39\n    2026-10: 0.40 EUR/kWh\n    2026-11: -0.4\n"
    found = tariffs.check(written(tmp_path, text))
    assert [(one.line, one.field, one.warning) for one in found] == [
        (8, "energy.price.2026-10", False),
        (9, "energy.price.2026-11", True),
    ]


def test_each_example_is_rated_with_the_price_of_its_month(tmp_path):
    text = HEAD + (
        "energy: {price: {2026-09: 0.39, 2026-10: 0.40, 2026-11-15: 0.5}}\n"
        "examples:\n"
        "  - {given: {month: 2026-09, energy: 100 kWh}, expect: {total: 39.00}}\n"
        "  - {given: {month: 2026-10, energy: 100 kWh}, expect: {total: 41.00}}\n"
        "  - {given: {month: 2026-11, energy: 100 kWh}, expect: {total: 40.00}}\n"
        "  - {given: {month: 2026-08, energy: 100 kWh}, expect: {total: 40.00}}\n"
    )
    found = tariffs.check(written(tmp_path, text), check_examples)
    assert [(one.line, one.what) for one in found] == [
        (9, "Prices change on 2026-11-15, inside the example's month."),
        (10, "The example's month lies outside the days on which the tariff's prices are known."),
    ]
    good = text.replace("month: 2026-11", "month: 2026-12").replace("month: 2026-08", "month: 2026-09")
    found = tariffs.check(written(tmp_path, good.replace("total: 40.00", "total: 50.00")), check_examples)
    assert [(one.line, one.field) for one in found] == [
        (8, "examples[1].expect.total"),
        (10, "examples[3].expect.total"),
    ]


def test_a_dated_tariff_at_any_time_has_the_prices_of_its_version(tmp_path):
    path = written(tmp_path, HEAD + "energy: {price: {2026-09: 0.3921, 2026-10: 0.4010}}\n")
    whenever = tariffs.at_any_time(tariffs.load(path, on=D(2026, 10, 9)))
    assert (whenever.valid_from, whenever.valid_to, price(whenever)) == (None, None, Decimal("0.4010"))


# -- several files of one id --------------------------------------------------------------


def of(tmp_path, name, start, end=None, named="x"):
    last = f"valid_to: {end}\n" if end else ""
    text = f"id: {named}\nname: X\nvalid_from: {start}\n{last}currency: CNY\nenergy: {{price: 1}}\n"
    return tariffs.load(written(tmp_path, text, name))


def test_files_of_one_id_are_versions_and_an_open_one_ends_where_the_next_begins(tmp_path):
    later, first = of(tmp_path, "b.yaml", "2026-07-01"), of(tmp_path, "a.yaml", "2025-01-01", "2026-06-30")
    last, other = of(tmp_path, "c.yaml", "2027-01-15"), of(tmp_path, "d.yaml", "always", named="y")
    found = tariffs.versions([later, last, other, first])
    assert list(found) == ["x", "y"]
    assert days(found["x"]) == [
        (D(2025, 1, 1), D(2026, 6, 30)),
        (D(2026, 7, 1), D(2027, 1, 14)),
        (D(2027, 1, 15), None),
    ]
    assert days(found["y"]) == [(None, None)]


@pytest.mark.parametrize(
    ("end", "start", "said"),
    [
        ("2026-06-30", "2026-06-30", "both hold from 2026-06-30 to 2026-06-30"),
        ("2026-06-29", "2026-07-01", "neither holds from 2026-06-30 to 2026-06-30"),
        ("2026-06-29", "2025-01-01", "both begin 2025-01-01"),
    ],
)
def test_versions_that_overlap_or_leave_a_gap_are_refused_with_both_files_and_the_days(tmp_path, end, start, said):
    before, after = of(tmp_path, "a.yaml", "2025-01-01", end), of(tmp_path, "b.yaml", start)
    with pytest.raises(tariffs.TariffRefused, match=said) as refused:
        tariffs.versions([before, after])
    assert "a.yaml" in str(refused.value)
    assert "b.yaml" in str(refused.value)


def test_versions_in_two_currencies_are_refused(tmp_path):
    before, after = of(tmp_path, "a.yaml", "2025-01-01"), of(tmp_path, "b.yaml", "2026-01-01")
    with pytest.raises(tariffs.TariffRefused, match="one is in CNY and the other in EUR"):
        tariffs.versions([before, dataclasses.replace(after, currency="EUR")])


BEGIN = D(2026, 9, 1)
CHANGES = st.dictionaries(st.integers(1, 900), st.integers(1, 9), max_size=5)


@settings(max_examples=40, deadline=None)
@given(first=CHANGES, second=CHANGES, third=CHANGES, asked=st.integers(0, 1000))
def test_on_every_day_each_price_is_the_last_one_written_up_to_it(first, second, third, asked):
    written = [{0: 5, **dict(sorted(changes.items()))} for changes in (first, second, third)]
    dated = [{str(BEGIN + dt.timedelta(days=day)): price for day, price in one.items()} for one in written]
    plain = {"id": "x", "name": "x", "valid_from": str(BEGIN), "currency": "CNY"}
    plain["energy"] = {"components": {"a": {"price": dated[0]}, "b": {"prices": dated[1]}}}
    plain["fixed"] = [{"id": "c", "price": {day: f"{price} CNY/day" for day, price in dated[2].items()}}]
    tariff = tariffs.from_plain(plain, on=BEGIN + dt.timedelta(days=asked))
    found = [price(tariff, 0), price(tariff, 1), tariff.fixed[0].price]
    assert found == [one[max(day for day in one if day <= asked)] for one in written]
