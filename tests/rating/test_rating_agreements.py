"""Who is billed, under which number; and what could not be billed, or not on whole readings, said by name."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused

START, END = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
PLAIN = {
    "name": "A tariff", "valid_from": "always", "currency": "CNY",
    "calendar": {"periods": {"all": "all"}, "days": [{"when": "always", "rest": "all"}]},
}  # fmt: skip
CHEAP = tariffs.from_plain({**PLAIN, "id": "cheap", "energy": {"prices": {"all": "0.5"}}})
DEAR = tariffs.from_plain({**PLAIN, "id": "dear", "energy": {"prices": {"all": "2"}}})
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


def test_a_bill_carries_the_number_of_its_agreement_and_not_its_points():
    given = agreements(("310001", "P2", "cheap"), ("310002", "P1", "dear"))
    lines = rating.run(rows("P1", "P2"), [CHEAP, DEAR], START, END, agreements=given).lines
    assert dict(zip(lines["agreement"].to_pylist(), lines["amount"].to_pylist(), strict=True)) == {
        "310001": Decimal("372.00"),
        "310002": Decimal("1488.00"),
    }


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


def test_points_of_several_slot_counts_are_billed_together(tmp_path):
    lake = readings.open_lake(tmp_path / "lake")
    for name, slots in (("P1", 24), ("P2", 96)):
        stamps = np.arange("2026-10-01", "2026-11-01", np.timedelta64(1440 // slots, "m"), "datetime64[m]")
        file = tmp_path / f"{name}.csv"
        file.write_text("\n".join(["point,start,kwh", *(f"{name},{str(s).replace('T', ' ')},0.5" for s in stamps)]))
        readings.import_file(lake, file)
    given = agreements(("A", "P1", "cheap"), ("B", "P2", "dear"), ("C", "P3", "dear"))
    found = rating.run(lake, [CHEAP, DEAR], START, END, agreements=given)
    assert found.lines.select(["agreement", "quantity"]).to_pydict() == {
        "agreement": ["A", "B"],
        "quantity": [Decimal("372.000"), Decimal("1488.000")],
    }
    assert [(e[0], e[4]) for e in exceptions(found)] == [("C", "no readings")]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ([("A", "P1", "cheap"), ("B", "P1", "cheap")], "point P1 stands in two agreements"),
        ([("A", "P1", "cheap"), ("A", "P2", "cheap")], "agreement A has two points"),
        ([("A", "P1", "unknown")], "agreement A names the tariff unknown, which is not given"),
        ([("A", "P1", "cheap"), ("B", None, "cheap")], "agreement 2 of the table has no point"),
        ([("A", "P1", "cheap"), (None, "P2", "cheap")], "agreement 2 of the table has no agreement"),
        ([("A", "P1", None)], "agreement 1 of the table has no tariff"),
        ([("A", "", "cheap")], "agreement 1 of the table has no point"),
    ],
)
def test_agreements_that_say_too_little_or_too_much_are_refused(given, what):
    with pytest.raises(Refused, match=what):
        rating.run(rows("P1", "P2"), [CHEAP, DEAR], START, END, agreements=agreements(*given))


def test_a_lake_without_readings_is_refused_and_not_billed_at_nothing(tmp_path):
    with pytest.raises(Refused, match="no readings of active energy"):
        rating.rate(readings.open_lake(tmp_path / "lake"), CHEAP, START, END)
