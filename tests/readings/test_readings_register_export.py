"""Register readings out of a lake and in again: the same rows, whatever they are; and how they are shown."""

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings_registers import file_of, held, said

from wattloop.library import readings
from wattloop.library.lake.registers import DEMAND, ENERGY, WITH_PERIODS
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import showing, showing_point

REGISTERS = [*ENERGY, DEMAND, *(f"{r}:{p}" for r in WITH_PERIODS for p in ("peak", "deep-valley"))]
EPOCH = dt.date(2024, 1, 1)
MIDNIGHT = dt.datetime(2024, 1, 1)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6).filter(
    lambda n: n[0] not in "=+-@" and n not in ("NA", "NaN", "null", "NULL")
)


def decimals(places):
    return st.integers(0, 10**places).map(lambda n: Decimal(n).scaleb(-4))


@st.composite
def rows(draw):
    """Readings of some registers, each of spans that follow each other, with roll-overs among them."""
    found = []
    keys = draw(st.lists(st.tuples(names, names, st.sampled_from(REGISTERS)), min_size=1, max_size=5, unique=True))
    for point, meter, register in keys:
        at = draw(st.integers(0, 700))
        for _ in range(draw(st.integers(1, 3))):
            first = at + draw(st.integers(0, 40))
            at = first + draw(st.integers(1, 62))
            digits = draw(st.one_of(st.none(), st.integers(5, 9)))
            last, this = sorted((draw(decimals(8)), draw(decimals(8))))
            demand = register.startswith(DEMAND)
            if digits and not demand and draw(st.booleans()):
                last, this = Decimal(10) ** digits - draw(decimals(7)) - 1, draw(decimals(7))
            moment = MIDNIGHT + dt.timedelta(days=first, seconds=draw(st.integers(0, 86_399)))
            found.append(
                {
                    "point": point, "meter": meter, "register": register, "from": EPOCH + dt.timedelta(days=first),
                    "to": EPOCH + dt.timedelta(days=at), "last": None if demand else last, "this": this,
                    "multiplier": draw(decimals(9)) + Decimal("0.0001"), "digits": digits,
                    "at": draw(st.sampled_from([None, moment])) if demand else None,
                }
            )  # fmt: skip
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows())
def test_what_is_written_goes_in_again_as_the_same_rows(given_rows):
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        pq.write_table(pa.Table.from_pylist(given_rows), place / "in.parquet")
        lake = readings.open_lake(place / "lake")
        readings.import_file(lake, place / "in.parquet")
        first = said(held(lake))
        assert len(first) == len(given_rows)
        of = {(r["point"], r["meter"], r["register"], r["to"]): r for r in first}
        for row in given_rows:
            got = of[row["point"], row["meter"], row["register"], row["to"]]
            assert {name: got[name] for name in row} == row
            last = row["last"] or 0
            moved = row["this"] - last + (10 ** (row["digits"] or 0) if row["this"] < last else 0)
            assert abs(got["quantity"] - moved * row["multiplier"] * 1000) <= Decimal("0.5")
            assert got["rolled"] == (row["this"] < last)
        for ending in ("csv", "parquet"):
            assert readings.export_registers(lake, place / f"out.{ending}") == len(first)
            other = readings.open_lake(place / ending)
            readings.import_file(other, place / f"out.{ending}")
            assert said(held(other)) == first


@pytest.fixture
def lake(tmp_path):
    lake = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    months = [f"P,M,active_in,2026-0{m}-01,2026-0{m + 1}-01,{m}00,{m + 1}00,40,6," for m in range(1, 6)]
    readings.import_file(
        lake, file_of(tmp_path / "r.csv", *months, "Q,N,demand,2026-05-01,2026-06-01,,0.5,40,,2026-05-12 10:15")
    )
    return lake


def test_points_and_days_are_chosen(lake, tmp_path):
    assert readings.export_registers(lake, tmp_path / "a.csv", first=dt.date(2026, 5, 31)) == 2
    assert readings.export_registers(lake, tmp_path / "b.csv", points=["P"], last=dt.date(2026, 1, 31)) == 1
    assert (tmp_path / "b.csv").read_text().splitlines() == [
        "point,meter,register,from,to,last,this,multiplier,digits,at",
        "P,M,active_in,2026-01-01,2026-02-01,100.0000,200.0000,40.0000,6,",
    ]
    with pytest.raises(Refused, match="no register reading of point R"):
        readings.export_registers(lake, tmp_path / "c.csv", points=["P", "R"])
    with pytest.raises(Refused, match="no register reading to write"):
        readings.export_registers(lake, tmp_path / "c.csv", first=dt.date(2027, 1, 1))
    with pytest.raises(Refused, match="tells no format"):
        readings.export_registers(lake, tmp_path / "c.xlsx")
    assert not list(tmp_path.glob("*c.*"))


def test_a_meter_named_like_a_formula_is_not_written_as_csv(lake, tmp_path):
    readings.import_file(lake, file_of(tmp_path / "f.csv", "P,=1+1,active_in,2026-05-01,2026-06-01,1,2,1,,"))
    with pytest.raises(Refused, match="the meter '=1\\+1' would be a formula"):
        readings.export_registers(lake, tmp_path / "c.csv")
    assert readings.export_registers(lake, tmp_path / "c.parquet") == 7


def test_a_lake_says_which_registers_it_holds(lake):
    shown = str(showing.overview(lake.snapshot()))
    assert "register active_in: 1 point, 5 readings from 2026-01-01 to 2026-05-31, 20,000.000 kWh" in shown
    assert "register demand: 1 point, 1 reading from 2026-05-01 to 2026-05-31\n" in shown
    assert "no readings yet" not in shown
    assert showing.overview(lake.snapshot(0)).registers == []


def test_a_point_of_registers_alone_is_shown_with_its_newest_readings(lake):
    lines = str(showing_point.point(lake.snapshot(), "P")).splitlines()
    assert lines[:2] == ["P", "  register active_in"]
    assert len(lines) == 5
    assert lines[-1] == (
        "  2026-05-01 to 2026-06-01, meter M: (600.0000 - 500.0000) x 40.0000 = 4,000.000 kWh"
    )  # fmt: skip
    [line] = str(showing_point.point(lake.snapshot(), "Q", dt.date(2026, 5, 3), dt.date(2026, 5, 3))).splitlines()[2:]
    assert line.endswith("0.5000 x 40.0000 = 20.000 kW at 2026-05-12 10:15:00")
    with pytest.raises(Refused, match="no reading of point Q in that span"):
        showing_point.point(lake.snapshot(), "Q", dt.date(2026, 4, 3), dt.date(2026, 4, 3))
