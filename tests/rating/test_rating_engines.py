"""The same determinants on Spark as on DuckDB, to the last unit; several tariffs, maxima and corrections included."""

import datetime as dt
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from wattloop.bench import adversary
from wattloop.library import rating, readings
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.rating.measuring import engine

pytestmark = pytest.mark.spark

START, END = dt.date(2026, 9, 1), dt.date(2026, 10, 1)


@pytest.fixture(scope="module")
def spark():
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none on this machine")
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed: make engines")
    con = engine.spark()
    yield con
    con._session.stop()


def write(path, points, days, slots, seed, largest):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, largest, (points * len(days), slots)).astype(np.int32)
    names = np.repeat([f"P{i:08d}" for i in range(points)], len(days)).tolist()
    table = from_matrix(names, np.tile(days, points), values).drop_columns(["channel"])
    pq.write_table(table, path)


@pytest.mark.parametrize("slots", [24, 96])
def test_spark_and_duckdb_find_the_same_determinants(spark, tmp_path, slots):
    days = np.arange(np.datetime64(START), np.datetime64(END))
    # Readings near the 32-bit limit: a block of them passes it.
    write(tmp_path / "a.parquet", 40, days, slots, 1, 2**31 - 1)
    write(tmp_path / "b.parquet", 15, days[3:9], slots, 2, 1_000)
    lake = readings.open_lake(tmp_path / "lake")
    absurd = readings.Limits(times_usual_peak=1e9, floor_watts=1e15, ceiling_watts=1e15)
    readings.import_file(lake, tmp_path / "a.parquet", limits=absurd)
    readings.import_file(lake, tmp_path / "b.parquet", limits=absurd)
    known = adversary.adversarial(slots, demand=True)
    agreements = adversary.assignment(40, known)
    by_engine = []
    for con in (None, spark):
        found = rating.determinants_of(lake, known, START, END, agreements=agreements, con=con)
        by_engine.append([m for _, m in found])
    for duck, other in zip(*by_engine, strict=True):
        for name in ("number", "bill", "slots", "expected", "energy"):
            one, two = getattr(duck, name), getattr(other, name)
            assert one.dtype == two.dtype
            assert (one == two).all()
        assert duck.demand.keys() == other.demand.keys()
        assert duck.demand
        assert all((duck.demand[k] == other.demand[k]).all() for k in duck.demand)


def test_lines_rated_on_spark_are_those_rated_on_duckdb(spark, tmp_path):
    days = np.arange(np.datetime64(START), np.datetime64(END))
    write(tmp_path / "a.parquet", 12, days, 96, 3, 5_000)
    lake = readings.open_lake(tmp_path / "lake")
    readings.import_file(lake, tmp_path / "a.parquet")
    known = adversary.adversarial(96, demand=True)
    agreements = adversary.assignment(12, known)
    one = rating.run(lake, known, START, END, agreements=agreements).lines
    two = rating.run(lake, known, START, END, agreements=agreements, con=spark).lines
    assert one.to_pylist() == two.to_pylist()
