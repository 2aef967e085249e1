"""What an agreement's terms change: options of the tariff, prices by date, allowances, and who owns what when."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from agreed import amounts, documents, tariff, use

from wattloop.library import rating, tariffs
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.file import read_agreements
from wattloop.library.rating.agreements.table import from_table

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
MARKET = {
    "calendar": {
        "periods": {"peak": "peak", "flat": "flat"},
        "days": [{"when": "always", "peak": "08:00-20:00", "rest": "flat"}],
    },
    "energy": {
        "components": {
            "purchase": {"price": "0.40", "floats": True},
            "funds": {"price": "0.03", "floats": False, "kind": "surcharge"},
        },
        "ratios": {"peak": "1.6", "flat": 1},
    },
    "options": [
        {"when": {"market": "direct"}, "time-of-use": False, "priced-as": "flat"},
        {"when": {"option": "energy-intensive"}, "factors": {"purchase": "1.5"}},
    ],
}


def table(*rows):
    names = sorted(set().union(*rows))
    return pa.table({name: [row.get(name, "") for row in rows] for name in names})


def test_time_of_use_is_not_applied_where_the_market_status_says_so():
    made = table(
        {"agreement": "A", "point": "P1", "tariff": "t", "market": "agency-purchase"},
        {"agreement": "B", "point": "P2", "tariff": "t", "market": "direct"},
        {"agreement": "C", "point": "P3", "tariff": "t", "market": "direct", "options": "energy-intensive shared"},
    )
    found = rating.run(use(JAN, FEB, P1=1000, P2=1000, P3=1000), [tariff(**MARKET)], JAN, FEB, agreements=made).lines
    assert amounts(found, "agreement", "component", "tou") == {
        ("A", "purchase", "peak"): Decimal("238.08"),
        ("A", "purchase", "flat"): Decimal("148.80"),
        ("A", "funds", None): Decimal("22.32"),
        ("B", "purchase", None): Decimal("297.60"),
        ("B", "funds", None): Decimal("22.32"),
        ("C", "purchase", None): Decimal("446.40"),
        ("C", "funds", None): Decimal("22.32"),
    }


def test_a_customer_that_enters_the_market_inside_a_month_is_priced_both_ways():
    made = table(
        {"agreement": "A", "point": "P1", "tariff": "t", "market": "agency-purchase"},
        {"agreement": "A", "point": "P1", "tariff": "t", "market": "direct", "valid-from": "2026-01-16"},
    )
    found = rating.run(use(JAN, FEB, P1=1000), [tariff(**MARKET)], JAN, FEB, agreements=made).lines
    energy = [(r["segment"], r["tou"], r["quantity"]) for r in found.to_pylist() if r["kind"] == "energy"]
    assert energy == [(1, "peak", 180), (1, "flat", 180), (2, None, 384)]


def test_prices_by_month_are_versions_of_one_tariff(tmp_path):
    plain = """
    id: t
    name: t
    valid_from: 2026-01-01
    currency: CNY
    energy:
      components:
        purchase: {price: {2026-01: 0.40, 2026-02: 0.41}}
        funds: {price: {2026-01-01: 0.03, 2026-02-15: 0.02}, kind: surcharge}
    """
    file = tmp_path / "t.yaml"
    file.write_text("\n".join(line[4:] for line in plain.splitlines()), encoding="utf-8")
    known = tariffs.load_versions(file)
    found = rating.run(use(JAN, MAR, P1=1000), known, JAN, MAR).lines
    funds = [
        (r["period_start"].month, r["segment"], r["price"]) for r in found.to_pylist() if r["component"] == "funds"
    ]
    assert funds == [(1, 1, Decimal("0.03")), (2, 1, Decimal("0.03")), (2, 2, Decimal("0.02"))]
    assert {r["price"] for r in found.to_pylist() if r["component"] == "purchase"} == {Decimal("0.40"), Decimal("0.41")}


def test_a_table_tells_versions_points_and_allowances_as_documents_do(tmp_path):
    by_table = from_table(
        table(
            {
                "agreement": "A", "point": "M", "tariff": "t", "capacity-kva": "62.5", "contract-kw": "50",
                "class": "x", "allowance-large-household": "2026-02-15", "demand-method": "by-contract",
            },
            {
                "agreement": "A", "point": "L", "tariff": "t", "capacity-kva": "62.5", "contract-kw": "50",
                "class": "x", "allowance-large-household": "2026-02-15", "demand-method": "by-contract",
                "behind": "M", "point-tariff": "light", "source": "registers",
            },
        )
    )  # fmt: skip
    by_document = documents(
        tmp_path,
        """
        agreement: A
        points: [{point: M}, {point: L, behind: M, tariff: light, source: registers}]
        versions:
          - tariff: t
            class: x
            capacity: 62.5 kVA
            contract: 50 kW
            demand-method: by-contract
            allowances: {large-household: 2026-02-15}
        """,
    )
    for name in ("agreement", "start", "end", "capacity", "contract"):
        assert getattr(by_table.versions, name).tolist() == getattr(by_document.versions, name).tolist()
    assert by_table.versions.kinds == by_document.versions.kinds
    granted = [
        {name: days.tolist() for name, days in one.versions.allowances.items()} for one in (by_table, by_document)
    ]
    assert granted[0] == granted[1]
    for name in ("agreement", "source", "parent", "series"):
        assert getattr(by_table.points, name).tolist() == getattr(by_document.points, name).tolist()
    assert by_table.points.tariff.to_pylist() == by_document.points.tariff.to_pylist() == [None, "light"]


WRONG = {
    "overlap from 2026-02-01": [
        {"agreement": "A", "point": "P", "tariff": "t", "valid-to": "2026-03-01"},
        {"agreement": "A", "point": "P", "tariff": "u", "valid-from": "2026-02-01"},
    ],
    "ends before it begins": [
        {"agreement": "A", "point": "P", "tariff": "t", "valid-from": "2026-02-01", "valid-to": "2026-01-01"}
    ],
    "row 1 of the agreements: 1.2.2026 is no date": [
        {"agreement": "A", "point": "P", "tariff": "t", "valid-from": "1.2.2026"}
    ],
    "row 2 of the agreements: many is not a number of kVA": [
        {"agreement": "A", "point": "P", "tariff": "t", "capacity-kva": "5"},
        {"agreement": "B", "point": "Q", "tariff": "t", "capacity-kva": "many"},
    ],
    "has capacity-kva below zero": [{"agreement": "A", "point": "P", "tariff": "t", "capacity-kva": "-5"}],
    "has demand-method by-guess": [{"agreement": "A", "point": "P", "tariff": "t", "demand-method": "by-guess"}],
    "has source oracle": [{"agreement": "A", "point": "P", "tariff": "t", "source": "oracle"}],
    "give it different tariff on the same day": [
        {"agreement": "A", "point": "P", "tariff": "t"},
        {"agreement": "A", "point": "Q", "tariff": "u"},
    ],
    "point Q stands behind R, which is no other point": [
        {"agreement": "A", "point": "P", "tariff": "t"},
        {"agreement": "A", "point": "Q", "tariff": "t", "behind": "R"},
    ],
    "point P stands in two rows": [
        {"agreement": "A", "point": "P", "tariff": "t", "valid-from": "2026-01-01"},
        {"agreement": "B", "point": "P", "tariff": "t", "valid-from": "2026-02-01"},
    ],
}


@pytest.mark.parametrize("said", WRONG)
def test_a_table_that_does_not_hold_together_is_refused_by_row(said):
    with pytest.raises(Refused, match=said):
        from_table(table(*WRONG[said]))


def test_numbers_keep_their_leading_zeros(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("agreement,point,tariff,capacity-kva\n0001,0002,t,630\n", encoding="utf-8")
    made = read_agreements(file)
    assert (made.names.to_pylist(), made.points.point.to_pylist()) == (["0001"], ["0002"])
    assert made.versions.capacity.tolist() == [630_000]


def test_a_folder_of_documents_is_read_as_one(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(
            f"{{agreement: {name}, points: [{{point: P-{name}}}], versions: [{{tariff: t}}]}}", encoding="utf-8"
        )
    assert read_agreements(tmp_path).names.to_pylist() == ["a", "b"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="the folder holds no agreements"):
        read_agreements(tmp_path / "empty")


def test_many_agreements_with_terms_of_their_own_are_taken_apart_without_a_loop():
    count = 20_000
    names = [f"A{i}" for i in range(count)]
    made = from_table(
        pa.table(
            {
                "agreement": names,
                "point": names,
                "tariff": ["t"] * count,
                "capacity_kva": list(range(count)),
                "class": ["x", "y"] * (count // 2),
            }
        )
    )
    assert made.simple
    assert made.versions.capacity[-1] == (count - 1) * 1000
    assert len(made.versions.kinds) == 2
