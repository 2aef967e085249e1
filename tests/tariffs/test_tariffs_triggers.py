"""Rules for days that are announced or measured, and for holidays by their names; a deep valley at noon."""

import datetime as dt
import io
from decimal import Decimal

import numpy as np
import pytest

from wattloop.library import rating, tariffs
from wattloop.library.quantity import clock
from wattloop.library.quantity.calendars import business_calendar
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.examples import check_examples
from wattloop.library.tariffs.show import show

D = dt.date


def text(days, more="", start="2026-01-01"):
    return (
        f"id: x\nname: X\nvalid_from: {start}\ncurrency: CNY\n"
        f"calendar:\n  zone: Asia/Shanghai\n{more}"
        "  periods: {sharp: 尖, peak: 峰, valley: 谷}\n  days:\n"
        + "".join(f"    - {one}\n" for one in days)
        + "energy: {prices: {sharp: 3, peak: 2, valley: 1}}\n"
    )


HOT = "  triggers: {hot: {zh: 高温, when: temperature >= 35 C, days: triggers/hot.yaml}}\n"
RULES = ["{when: hot, sharp: 15:00-17:00, rest: peak}", "{when: always, valley: 00:00-08:00, rest: peak}"]
SUMMER = ["{when: {months: Jul-Aug, trigger: hot}, sharp: 15:00-17:00, rest: peak}", RULES[1]]
KNOWN = "known-from: 2026-01-01\nknown-until: 2026-09-30\ndays: [2026-07-12, 2026-08-01..2026-08-03]\n"


@pytest.fixture
def write(tmp_path):
    def write(tariff, trigger=KNOWN, name="hot.yaml"):
        (tmp_path / "triggers").mkdir(exist_ok=True)
        (tmp_path / "triggers" / name).write_text(trigger, encoding="utf-8")
        path = tmp_path / "t.yaml"
        path.write_text(tariff, encoding="utf-8")
        return path

    with clock.frozen(dt.datetime(2026, 8, 20, tzinfo=dt.UTC)):
        yield write


def sharp_days(tariff):
    """The days that have a sharp peak."""
    calendar = tariff.calendar
    sharp = (calendar.patterns == calendar.periods.index("sharp")).any(axis=1)
    return [calendar.first_day + dt.timedelta(days=int(day)) for day in np.flatnonzero(sharp[calendar.pattern_of_day])]


def month(year, number):
    first = D(year, number, 1)
    end = (first + dt.timedelta(days=31)).replace(day=1)
    days = np.arange(first, end, dtype="datetime64[D]")
    return from_matrix(["P"] * len(days), days, np.full((len(days), 24), 1000, np.int32)), first, end


ANNOUNCED = [D(2026, 7, 12), D(2026, 8, 1), D(2026, 8, 2), D(2026, 8, 3)]


def test_a_rule_holds_on_the_days_that_were_announced(write):
    tariff = tariffs.load(write(text(RULES, HOT)))
    assert sharp_days(tariff) == ANNOUNCED


def test_a_calendar_ends_with_the_last_day_that_is_known_and_a_later_bill_is_refused_saying_why(write):
    tariff = tariffs.load(write(text(RULES, HOT)))
    assert tariff.calendar.last_day == D(2026, 9, 30)
    rows, first, end = month(2026, 9)
    assert rating.rate(rows, tariff, first, end).num_rows == 2
    with pytest.raises(Refused, match="the days of trigger hot are known until 2026-09-30"):
        rating.rate(*month(2026, 10)[:1], tariff, *month(2026, 10)[1:])


def test_a_trigger_of_two_months_is_not_waited_for_in_the_others(write):
    tariff = tariffs.load(write(text(SUMMER, HOT)))
    assert sharp_days(tariff) == ANNOUNCED
    assert tariff.calendar.last_day == D(2027, 6, 30)
    assert str(tariff.calendar.limit) == "the days of trigger hot are known until 2026-09-30"


def test_a_trigger_that_an_earlier_rule_overrides_is_not_waited_for(write):
    rules = ["{when: 2026-10-01..2026-12-31, rest: valley}", *RULES]
    assert tariffs.load(write(text(rules, HOT))).calendar.last_day == D(2026, 12, 31)


def test_a_tariff_that_ends_before_the_known_days_do_has_no_limit(write):
    tariff = tariffs.load(write(text(RULES, HOT).replace("currency", "valid_to: 2026-09-30\ncurrency")))
    assert (tariff.calendar.last_day, tariff.calendar.limit) == (D(2026, 9, 30), None)


def test_a_tariff_that_begins_before_the_known_days_is_refused_where_a_rule_waits_for_them(write):
    [problem] = tariffs.check(write(text(RULES, HOT, start="2025-12-31")))
    assert problem.field == "calendar.triggers.hot.days"
    assert "known from 2026-01-01, not on 2025-12-31" in problem.what
    assert tariffs.load(write(text(SUMMER, HOT, start="2025-12-31"))).calendar.first_day == D(2025, 12, 31)


def test_a_tariff_without_a_first_day_begins_with_the_known_days(write):
    tariff = tariffs.load(write(text(RULES, HOT, start="always")))
    assert (tariff.calendar.first_day, tariff.calendar.last_day) == (D(2026, 1, 1), D(2026, 9, 30))
    assert sharp_days(tariffs.at_any_time(tariffs.load(write(text(RULES, HOT))))) == ANNOUNCED


def test_a_yearly_tier_counts_from_new_year_where_no_rule_waits_for_a_trigger(write):
    tiers = "tiers: {over: year, pooling: ladder-per-period, steps: [{up-to: 100 kWh}, {add: 1}]}\n"
    known = KNOWN.replace("known-from: 2026-01-01", "known-from: 2026-06-01")
    whole = tariffs.load(write(text(SUMMER, HOT, start="2026-06-15") + tiers, known))
    assert whole.calendar.first_day == D(2026, 1, 1)
    part = tariffs.load(write(text(RULES, HOT, start="2026-06-15") + tiers, known))
    assert part.calendar.first_day == D(2026, 6, 1)


@pytest.mark.parametrize("days", ["[]", "[2026-05-01]"])
def test_a_trigger_without_a_day_yet_or_only_on_days_that_another_rule_decides_is_no_slip(write, days):
    rules = ["{when: 05-01, rest: valley}", *RULES]
    path = write(text(rules, HOT), KNOWN[: KNOWN.index("days:")] + f"days: {days}\n")
    assert tariffs.check(path) == []
    assert sharp_days(tariffs.load(path)) == []


MEASURED = "day,temperature\n" + "".join(f"2026-07-{day:02d},{20 + day}.0\n" for day in range(1, 32))


def test_measured_days_are_those_whose_value_meets_the_condition(write):
    csv = HOT.replace("hot.yaml", "hot.csv")
    tariff = tariffs.load(write(text(RULES, csv, start="2026-07-01"), MEASURED, "hot.csv"))
    assert sharp_days(tariff) == [D(2026, 7, day) for day in range(15, 32)]
    assert tariff.calendar.last_day == D(2026, 7, 31)
    chinese = csv.replace("temperature >= 35 C", "最高气温 ≥ 35℃")
    tariff = tariffs.load(write(text(RULES, chinese, start="2026-07-01"), MEASURED, "hot.csv"))
    assert len(sharp_days(tariff)) == 17
    above = csv.replace(">=", ">")
    tariff = tariffs.load(write(text(RULES, above, start="2026-07-01"), MEASURED, "hot.csv"))
    assert sharp_days(tariff)[0] == D(2026, 7, 16)


REFUSED = {
    "no file": (text(RULES, HOT.replace("hot.yaml", "hut.yaml")), KNOWN, "There is no file `triggers/hut.yaml`"),
    "no end": (text(RULES, HOT), "known-from: 2026-01-01\ndays: [2026-07-12]\n", "`known-until` is missing."),
    "an end before the beginning": (text(RULES, HOT), KNOWN.replace("2026-09-30", "2025-09-30"), "Exchange"),
    "a day outside": (text(RULES, HOT), KNOWN.replace("2026-07-12", "2026-10-01"), "lies outside 2026-01-01"),
    "no day": (text(RULES, HOT), KNOWN.replace("2026-07-12", "Jul"), "`Jul` is no day"),
    "another key": (text(RULES, HOT), KNOWN + "until: 2027-01-01\n", "`until` is not a key"),
    "not named": (text([RULES[1].replace("peak}", "peak, sharp: 09:00-10:00}")], HOT), KNOWN, "No rule of the days"),
    "a word that is none": (text([RULES[0].replace("hot", "hto"), *RULES], HOT), KNOWN, "Did you mean hot?"),
    "no such trigger": (
        text(["{when: {trigger: hto}, sharp: 15:00-17:00, rest: peak}", *RULES], HOT),
        KNOWN,
        "There is no trigger `hto`.",
    ),
    "a trigger called as a season": (
        text(RULES, HOT + "  seasons: {hot: Jul-Aug, other: rest}\n"),
        KNOWN,
        "both a trigger and a season",
    ),
    "never reached": (text([RULES[1], RULES[0]], HOT), KNOWN, "The rule can never apply"),
    "nothing known": (text(RULES, HOT, start="2027-01-01"), KNOWN, "On no day of the tariff is it known"),
}


@pytest.mark.parametrize("case", REFUSED, ids=list(REFUSED))
def test_a_trigger_that_leaves_days_undecided_is_refused(case, write):
    tariff, trigger, said = REFUSED[case]
    found = tariffs.check(write(tariff, trigger))
    assert any(said in f"{one.what} {one.mend}" for one in found if not one.warning), found


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("day,temperature", "date,temperature", None, "has no columns `day`"),
        ("2026-07-12,32.0\n", "", None, "The day 2026-07-12 is missing."),
        ("2026-07-12,32.0", "2026-07-11,32.0", 13, "2026-07-11 is here twice."),
        ("2026-07-12,32.0", "2026-07-12,hot", 13, "`2026-07-12,hot` is no day with a number."),
        ("2026-07-12,32.0", "2026-07-12", 13, "`2026-07-12` is no day with a number."),
    ],
)
def test_slips_in_a_file_of_values_are_told_with_their_line(write, old, new, line, said):
    tariff = text(RULES, HOT.replace("hot.yaml", "hot.csv"), start="2026-07-01")
    found = tariffs.check(write(tariff, MEASURED.replace(old, new), "hot.csv"))
    assert (line, True) in [(one.line, said in one.what) for one in found]
    assert found[0].file.endswith(("t.yaml", "hot.csv"))


def test_a_file_of_values_needs_a_condition(write):
    more = HOT.replace("hot.yaml", "hot.csv").replace("when: temperature >= 35 C, ", "")
    found = tariffs.check(write(text(RULES, more, start="2026-07-01"), MEASURED, "hot.csv"))
    assert [one.field for one in found if not one.warning] == ["calendar.triggers.hot.when"]


# -- holidays by name --------------------------------------------------------------------


def valley_days(tariff, year):
    calendar = tariff.calendar
    whole = (calendar.patterns == calendar.periods.index("valley")).all(axis=1)
    days = [calendar.first_day + dt.timedelta(days=int(day)) for day in np.flatnonzero(whole[calendar.pattern_of_day])]
    return [day for day in days if day.year == year]


def holidays(when):
    return [f"{{when: {when}, rest: valley}}", "{when: always, sharp: 15:00-17:00, valley: 00:00-08:00, rest: peak}"]


def span(first, last):
    return [first + dt.timedelta(days=day) for day in range((last - first).days + 1)]


def test_a_named_holiday_is_all_its_days_off_and_not_the_working_days_made_up_for_them(write):
    found = tariffs.load(write(text(holidays("[spring-festival, national-day]"), "  holidays: CN\n")))
    # 2026-02-14 and 2026-02-28 are worked for the Spring Festival, 2026-10-10 for the National Day.
    assert valley_days(found, 2026) == [*span(D(2026, 2, 15), D(2026, 2, 23)), *span(D(2026, 10, 1), D(2026, 10, 7))]


def test_another_holiday_in_the_midst_of_one_belongs_to_it(write):
    found = tariffs.load(write(text(holidays("national-day"), "  holidays: CN\n", start="2025-01-01")))
    assert valley_days(found, 2025) == span(D(2025, 10, 1), D(2025, 10, 8))  # the 6th is Mid-Autumn
    found = tariffs.load(write(text(holidays("mid-autumn"), "  holidays: CN\n", start="2025-01-01")))
    assert valley_days(found, 2025) == [D(2025, 10, 6)]


def test_a_holiday_may_stand_under_days_beside_months(write):
    found = tariffs.load(write(text(holidays("{months: Feb, days: [spring-festival, Sun]}"), "  holidays: CN\n")))
    assert valley_days(found, 2026) == [D(2026, 2, 1), D(2026, 2, 8), *span(D(2026, 2, 15), D(2026, 2, 23))]


def test_holidays_of_a_file_and_of_other_countries_go_by_their_names_in_small_letters(write, tmp_path):
    days = "{2027-02-06: 春节, 2027-10-01: 国庆节、中秋节}"
    own = f"country: CN\nyears: {{2027: {{holidays: {days}, working: [2027-02-07]}}}}\n"
    (tmp_path / "calendar.yaml").write_text(own, encoding="utf-8")
    path = write(text(holidays("[spring-festival, mid-autumn]"), "  holidays: calendar.yaml\n", start="2027-01-01"))
    assert valley_days(tariffs.load(path), 2027) == [D(2027, 2, 6), D(2027, 10, 1)]
    found = tariffs.load(write(text(holidays("christmas-day"), "  holidays: US\n")))
    assert valley_days(found, 2026) == [D(2026, 12, 25)]


def test_a_holiday_outside_the_days_of_the_tariff_is_known_all_the_same(write):
    tariff = text(holidays("spring-festival"), "  holidays: CN\n", start="2026-03-01")
    found = tariffs.check(write(tariff))
    assert [(one.warning, one.what) for one in found] == [(True, "The rule meets no day while the tariff is in force.")]


@pytest.mark.parametrize(
    ("when", "more", "said"),
    [
        ("spring-festival", "", "`spring-festival` is used, but the calendar has no `holidays`."),
        ("{days: christmas-day}", "", "`christmas-day` is used, but the calendar has no `holidays`."),
        ("spring-festivl", "  holidays: CN\n", "Did you mean spring-festival?"),
        ("{days: sumer}", "  holidays: CN\n", "`sumer` is no holiday of this calendar."),
    ],
)
def test_a_holiday_that_is_not_known_is_refused(write, when, more, said):
    found = tariffs.check(write(text(holidays(when), more)))
    assert any(said in f"{one.what} {one.mend}" for one in found)


def test_a_calendar_ends_with_the_last_year_whose_holidays_are_known_and_says_so(write):
    tariff = tariffs.load(write(text(holidays("national-day"), "  holidays: CN\n")))
    last = next(year for year in range(2026, 2100) if not business_calendar("CN").knows(year + 1))
    assert tariff.calendar.last_day == D(last, 12, 31)
    assert str(tariff.calendar.limit) == f"the holidays of CN are known until {last}-12-31"


def test_what_is_not_known_yet_is_shown(write):
    tariff = tariffs.load(write(text(RULES, HOT)))
    said = {language: io.StringIO() for language in ("en", "zh")}
    for language, out in said.items():
        show(tariff, language=language, file=out)
    assert "decided until 2026-09-30: the days of trigger hot are known until 2026-09-30" in said["en"].getvalue()
    assert "确定至 2026-09-30：触发日 高温 已知至 2026-09-30" in said["zh"].getvalue()


# -- deep valley -------------------------------------------------------------------------


def test_a_deep_valley_at_noon_of_holidays_costs_a_fifth(write):
    path = write(
        "id: x\nname: X\nvalid_from: 2026-01-01\ncurrency: CNY\n"
        "calendar:\n  zone: Asia/Shanghai\n  holidays: CN\n"
        "  periods: {peak: 峰, flat: 平, valley: 谷, deep-valley: 深谷}\n  days:\n"
        "    - {when: [spring-festival, labour-day, national-day], deep-valley: 11:00-15:00, "
        "valley: 23:00-07:00, rest: flat}\n"
        "    - {when: always, peak: 16:00-22:00, valley: 23:00-07:00, rest: flat}\n"
        "energy:\n  components:\n    energy: {price: 0.50, floats: true}\n"
        "  ratios: {peak: 1.6, flat: 1, valley: 0.4, deep-valley: 0.2}\n"
        "examples:\n"
        "  - {given: {month: 2026-10, flat: 100 kWh, deep-valley: 40 kWh}, expect: {energy: {deep-valley: 4.00}}}\n"
    )
    assert tariffs.check(path, check_examples) == []
    rows, first, end = month(2026, 10)
    lines = rating.rate(rows, tariffs.load(path), first, end).to_pylist()
    # Seven holidays of four hours, 24 other days with six hours of peak, eight hours of valley each night.
    found = {one["tou"]: (one["quantity"], one["price"], one["amount"]) for one in lines}
    assert found["deep-valley"] == (28, Decimal("0.10"), Decimal("2.80"))
    assert found["peak"] == (144, Decimal("0.80"), Decimal("115.20"))
    assert found["valley"] == (248, Decimal("0.20"), Decimal("49.60"))
    assert found["flat"] == (744 - 28 - 144 - 248, Decimal("0.50"), Decimal("162.00"))
