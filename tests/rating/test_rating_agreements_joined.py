"""A folder of documents and tables is one population: nobody in it twice, and what each says stays its own."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.file import read_agreements
from wattloop.library.rating.agreements.model import FOR_EVER

DOCUMENT = """
agreement: works
points: [{point: M, source: intervals}, {point: L, behind: M, tariff: light}]
transformers: [{id: T1, capacity: 100 kVA}]
versions: [{tariff: power, options: [night], demand-method: by-capacity, allowances: {poor: 2026-01-05}}]
"""
TABLE = "agreement,point,tariff,class,allowance-large\nhome,H,light,residential,2026-02-01\nflat,F,light,,\n"
JAN, FEB = dt.date(2026, 1, 1), dt.date(2026, 2, 1)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "works.yaml").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "more" / "homes.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def tariff(name, **parts):
    plain = {"id": name, "name": name, "valid_from": "2020-01-01", "currency": "CNY", "energy": {"price": "0.5"}}
    return tariffs.from_plain(plain | parts)


def test_documents_and_tables_of_a_folder_are_read_together(folder):
    made = read_agreements(folder)
    assert made.names.to_pylist() == ["works", "home", "flat"]
    assert made.points.point.to_pylist() == ["M", "L", "H", "F"]
    assert made.points.parent.tolist() == [-1, 0, -1, -1]
    assert [dict(made.versions.kinds[kind]) for kind in made.versions.kind] == [
        {"demand-method": "by-capacity", "option": frozenset({"night"})}, {"class": "residential"}, {},
    ]  # fmt: skip
    assert {name: (days < FOR_EVER).tolist() for name, days in made.versions.allowances.items()} == {
        "large": [False, True, False], "poor": [True, False, False],
    }  # fmt: skip
    assert list(made.transformers) == [0]


def test_everybody_of_it_is_billed_as_from_a_file_of_their_own(folder):
    points = ["F", "H", "L", "M"]
    days = np.arange(np.datetime64(JAN), np.datetime64(FEB))
    kwh = np.repeat([1, 2, 1, 5], len(days))[:, None] * np.full((1, 24), 1000)
    rows = from_matrix(np.repeat(points, len(days)).tolist(), np.tile(days, 4), kwh.astype(np.int32))
    known = [tariff("light"), tariff("power", demand={"by-capacity": {"price": "22 CNY/kVA/month"}})]
    whole = rating.run(rows, known, JAN, FEB, agreements=read_agreements(folder)).lines
    alone = [
        rating.run(rows, known, JAN, FEB, agreements=read_agreements(folder / file)).lines
        for file in ("works.yaml", "more/homes.csv")
    ]
    assert sorted(map(str, whole.to_pylist())) == sorted(str(row) for lines in alone for row in lines.to_pylist())
    assert sum(whole["amount"].to_pylist()) == Decimal("5176.00")  # 8 kWh × 744 h × 0.50 and 100 × 22


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("works,W,light,,", "agreement works stands in two of the files"),
        ("other,M,light,,", "point M stands in two rows"),
        ("other,O,light,,soon", "homes.csv.*soon is no date"),
    ],
)
def test_who_stands_in_two_files_is_refused_and_a_bad_row_told_with_its_file(folder, row, said):
    (folder / "more" / "homes.csv").write_text(f"{TABLE}{row}\n", encoding="utf-8")
    with pytest.raises(Refused, match=said):
        read_agreements(folder)
