"""Working days as people live them: public holidays, made-up working days, and what a file of the user's says."""

import datetime as dt

import pytest

from wattloop.library.quantity.calendars import HOLIDAY, WEEKEND, WORKING, business_calendar
from wattloop.library.quantity.refusal import Refused


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("2026-02-14", True),  # a Saturday worked for the Spring Festival (State Council, 2025-11-04)
        ("2026-02-16", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-10-01", False),
        ("2026-10-10", True),  # a Saturday worked for the National Day
        ("2026-10-11", False),
        ("2025-01-26", True),  # a Sunday worked for the Spring Festival of 2025
    ],
)
def test_china_works_the_weekends_that_make_up_for_a_long_holiday(text, works):
    assert business_calendar("CN").is_working(day(text)) is works


def test_a_holiday_on_a_weekend_is_a_holiday_and_a_made_up_sunday_a_working_day():
    kinds = business_calendar("CN").day_kinds(day("2026-10-01"), day("2026-10-11")).tolist()
    assert kinds == [HOLIDAY] * 7 + [WORKING] * 3 + [WEEKEND]


def test_a_year_china_has_not_announced_is_refused_and_a_file_gives_it(tmp_path):
    with pytest.raises(Refused, match="holidays of 2031 are not known"):
        business_calendar("CN").day_kinds(day("2031-01-01"), day("2031-01-02"))
    assert not business_calendar("CN").knows(2031)
    path = tmp_path / "cn.yaml"
    path.write_text("country: CN\nyears: {2031: {holidays: {2031-01-01: 元旦}, working: [2031-01-04]}}\n")
    given = business_calendar(path)
    assert given.holidays(day("2031-01-01"), day("2031-12-31")) == {day("2031-01-01"): "元旦"}
    assert given.is_working(day("2031-01-04"))  # a Saturday
    assert given.is_working(day("2026-02-14"))  # other years as the country has them


def test_an_edited_file_is_read_anew(tmp_path):
    path = tmp_path / "none.yaml"
    path.write_text("years: {2027: {holidays: {2027-03-02: Founders}}}\n")
    assert not business_calendar(path).is_working(day("2027-03-02"))
    path.write_text("years: {2027: {holidays: {2027-03-03: Founders}}}\n")
    assert business_calendar(path).is_working(day("2027-03-02"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("years: [2027]", "`country` and `years`"),
        ("years: {2027: {holidays: {2028-01-01: x}}}", "a date of its year"),
        ("years: {2027: {working: [soon]}}", "a date of its year"),
        ("years: {2027: {working: [2027-01-02]", "not YAML"),
    ],
)
def test_a_calendar_file_that_says_something_else_is_refused(tmp_path, text, said):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(Refused, match=said):
        business_calendar(path)


def test_a_country_or_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match="no calendar of holidays for 'ZZ'"):
        business_calendar("ZZ")
    with pytest.raises(Refused, match="cannot be read"):
        business_calendar(tmp_path / "gone.yaml")


def test_a_part_of_a_country_has_holidays_of_its_own():
    epiphany = day("2026-01-06")
    assert not business_calendar("DE-BY").is_working(epiphany)
    assert business_calendar("DE-BE").is_working(epiphany)


def test_without_a_country_there_are_weekends_alone_and_a_leap_day_is_a_day():
    kinds = business_calendar("none").day_kinds(day("2028-02-26"), day("2028-03-01")).tolist()
    assert kinds == [WEEKEND, WEEKEND, WORKING, WORKING, WORKING]
