"""What could not be billed, or not on whole readings or history, is said by name and never lost in silence."""

import datetime as dt

import numpy as np
import pyarrow as pa

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix

START, END = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
PLAIN = {
    "name": "A tariff", "valid_from": "always", "currency": "CNY",
    "calendar": {"periods": {"all": "all"}, "days": [{"when": "always", "rest": "all"}]},
}  # fmt: skip
CHEAP = tariffs.from_plain({**PLAIN, "id": "cheap", "energy": {"prices": {"all": "0.5"}}})
YEARLY = tariffs.from_plain(
    {**PLAIN, "id": "yearly", "energy": {"prices": {"all": "1"}},
     "tiers": {"over": "year", "pooling": "after-time-of-use", "steps": [{"up-to": "1000 kWh"}, {"add": "1"}]}}
)  # fmt: skip


def rows(*points, first="2026-10-01", last="2026-10-31", slots=24):
    """A kWh an hour."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    names = np.repeat(np.array(points, object), len(days)).tolist()
    value = np.full((len(names), slots), 1000 * 24 // slots, np.int32)
    return from_matrix(names, np.tile(days, len(points)), value)


def agreements(*given):
    return pa.table(dict(zip(("agreement", "point", "tariff"), map(list, zip(*given, strict=True)), strict=True)))


def exceptions(found):
    return [tuple(e.values()) for e in found.exceptions.to_pylist()]


def test_a_point_that_no_agreement_names_is_not_billed_and_said():
    found = rating.run(rows("P1", "P2"), [CHEAP], START, END, agreements=agreements(("A", "P1", "cheap")))
    assert found.bills == 1
    assert exceptions(found) == [(None, "P2", START, END, "no agreement", None, None)]


def test_an_agreement_without_readings_has_no_bill_and_is_said_with_its_span():
    given = agreements(("A", "P1", "cheap"), ("B", "P9", "cheap"))
    found = rating.run(rows("P1"), [CHEAP], START, END, agreements=given)
    assert found.bills == 1
    assert exceptions(found) == [("B", "P9", START, END, "no readings", 0, 744)]


def test_a_bill_on_incomplete_readings_is_said_with_how_many_there_are():
    found = rating.run(rows("P1", last="2026-10-30"), [CHEAP], START, END)
    assert exceptions(found) == [("P1", "P1", START, END, "incomplete readings", 720, 744)]


def test_tiers_that_count_on_from_months_without_readings_are_said():
    found = rating.run(rows("P1", first="2026-09-30"), [YEARLY], START, END)
    since, due = dt.date(2026, 1, 1), (START - dt.date(2026, 1, 1)).days * 24
    assert exceptions(found) == [("P1", "P1", since, START, "incomplete history", 24, due)]


def test_tiers_that_count_on_from_a_year_of_readings_are_no_exception():
    assert exceptions(rating.run(rows("P1", first="2026-01-01"), [YEARLY], START, END)) == []
