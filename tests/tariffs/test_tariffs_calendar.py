"""Whatever a calendar's rules say, every five minutes of every day belong to exactly one period."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library.tariffs.calendar import compile_calendar
from wattloop.library.tariffs.days import Span
from wattloop.library.tariffs.document_calendar import CalendarPart
from wattloop.library.tariffs.problems import Findings
from wattloop.library.tariffs.values import parse_hours
from wattloop.library.tariffs.when import MONTHS, WEEKDAYS, DaySpan, parse_when

SPAN = Span(dt.date(2023, 12, 25), dt.date(2025, 1, 10))
DAYS = DaySpan(SPAN.first, (SPAN.last - SPAN.first).days + 1)

month_terms = st.one_of(
    st.sampled_from(MONTHS), st.tuples(st.sampled_from(MONTHS), st.sampled_from(MONTHS)).map("-".join)
)
day_terms = st.one_of(
    st.sampled_from([*WEEKDAYS, "weekdays", "weekend"]),
    st.tuples(st.sampled_from(WEEKDAYS), st.sampled_from(WEEKDAYS)).map("-".join),
)
year_days = st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
date_terms = st.one_of(
    st.dates(dt.date(2023, 1, 1), dt.date(2026, 1, 1)).map(dt.date.isoformat),
    st.tuples(year_days, year_days).map("..".join),
)
terms = st.one_of(month_terms, day_terms, date_terms)
conditions = st.one_of(
    terms,
    st.lists(terms, min_size=1, max_size=3),
    st.fixed_dictionaries({"months": month_terms, "days": st.lists(day_terms, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"dates": date_terms, "days": day_terms}),
)
stretches = st.tuples(st.integers(0, 287), st.integers(0, 288)).filter(lambda pair: pair[0] != pair[1])


def clock(step):
    return f"{step // 12:02d}:{step % 12 * 5:02d}"


def matches(term, day):
    """The grammar once more, day by day, as an independent reading of it."""
    if term in {"weekdays", "weekend"}:
        return (day.weekday() < 5) == (term == "weekdays")
    if ".." in term:
        low, high = term.split("..")
        at = f"{day:%m-%d}"
        return low <= at <= high if low <= high else at >= low or at <= high
    if term[0].isdigit():
        return day.isoformat() == term
    ends = term.split("-")
    names, at = (MONTHS, day.month - 1) if ends[0] in MONTHS else (WEEKDAYS, day.weekday())
    low, high = names.index(ends[0]), names.index(ends[-1])
    return low <= at <= high if low <= high else at >= low or at <= high


def satisfied(condition, day):
    if isinstance(condition, dict):
        return all(satisfied(part, day) for part in condition.values())
    words = condition if isinstance(condition, list) else [condition]
    return any(matches(word, day) for word in words)


@given(condition=conditions)
def test_a_condition_names_the_days_that_its_words_name(condition):
    mask = parse_when(condition).mask(DAYS)
    assert mask.tolist() == [satisfied(condition, DAYS.date(index)) for index in range(DAYS.count)]


@settings(max_examples=60)
@given(rules=st.lists(st.tuples(conditions, stretches, stretches), max_size=5))
def test_every_step_of_every_day_has_exactly_one_period_or_the_calendar_is_refused(rules):
    days = [
        {"when": when, "a": f"{clock(a[0])}-{clock(a[1])}", "b": f"{clock(b[0])}-{clock(b[1])}", "rest": "c"}
        for when, a, b in rules
    ]
    part = CalendarPart.model_validate(
        {
            "periods": {"a": "A", "b": "B", "c": "C"},
            "days": [*days, {"when": "always", "a": "00:00-01:00", "b": "02:00-03:00", "rest": "c"}],
        }
    )
    findings = Findings()
    calendar = compile_calendar(part, SPAN, findings)
    assert calendar.pattern_of_day.shape == (DAYS.count,)
    assert calendar.pattern_of_day.min() >= 0
    assert calendar.pattern_of_day.max() < len(calendar.patterns)
    assert calendar.patterns.shape[1] == 288
    overlapping = any(_steps(a) & _steps(b) for _, a, b in rules)
    assert overlapping == any("overlap" in problem.what for problem in findings.errors)
    if findings.errors:
        return
    for index in range(DAYS.count):
        rule = next((rule for rule in rules if satisfied(rule[0], DAYS.date(index))), ("", (0, 12), (24, 36)))
        expected = np.full(288, 2)
        expected[sorted(_steps(rule[1]))] = 0
        expected[sorted(_steps(rule[2]))] = 1
        assert calendar.patterns[calendar.pattern_of_day[index]].tolist() == expected.tolist()


def _steps(stretch):
    start, end = stretch
    return set(range(start, end)) if start < end else set(range(start, 288)) | set(range(end))


@settings(max_examples=60)
@given(low=year_days, high=year_days)
def test_two_seasons_one_of_them_the_rest_cover_the_year(low, high):
    part = CalendarPart.model_validate({"seasons": {"one": f"{low}..{high}", "other": "rest"}})
    findings = Findings()
    calendar = compile_calendar(part, SPAN, findings)
    for index in range(DAYS.count):
        expected = "one" if matches(f"{low}..{high}", DAYS.date(index)) else "other"
        assert calendar.seasons[calendar.season_of_day[index]] == expected


@given(start=st.integers(0, 287), end=st.integers(0, 288))
def test_hours_are_read_to_the_step(start, end):
    text = f"{clock(start)}-{clock(end)}"
    if start == end:
        with pytest.raises(ValueError, match="is empty"):
            parse_hours(text)
        return
    assert set().union(*(range(low, high) for low, high in parse_hours(text))) == _steps((start, end))


@pytest.mark.parametrize(
    "text", ["7:00-9:00", "24:00-02:00", "10:00", "10:00-25:00", "10:00-24:05", "10-12", "", "a-b"]
)
def test_hours_written_otherwise_are_refused(text):
    with pytest.raises(ValueError, match="`"):
        parse_hours(text)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"weekday": "Mon"}, "not a part of a condition"),
        ({"months": "Mon"}, "has no place under `months`"),
        ({}, "empty"),
        ([], "empty"),
        ("Jul, Aug", "write a list"),
        ("2026-10-07..2026-10-01", "ends before it begins"),
        ("2026-10-01..10-07", "not a range of dates"),
        ("2026-02-30", "no date in the calendar"),
        (7, "not a day, month or season"),
    ],
)
def test_a_condition_written_otherwise_says_what_to_write(condition, words):
    with pytest.raises(ValueError, match=words):
        parse_when(condition)
