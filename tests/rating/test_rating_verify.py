"""A bill's file verifies offline, and whatever is changed in it is noticed."""

import copy
import datetime as dt
import json

import numpy as np
import pytest
from cut import two_owners

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.explanation.bill_document import content_hash, write_json

MAR, APR = dt.date(2026, 3, 1), dt.date(2026, 4, 1)
PLAIN = {
    "id": "works", "name": {"zh": "工厂", "en": "Works"}, "valid_from": "2026-01-01", "currency": "CNY",
    "source": {"document": "list 2026", "clause": "sheet 3"},
    "calendar": {
        "zone": "Asia/Shanghai", "periods": {"peak": "峰", "valley": "谷"},
        "days": [{"when": "always", "valley": "22:00-08:00", "rest": "peak"}],
    },
    "energy": {"components": {
        "purchase": {"price": "0.4086", "floats": "true"}, "funds": {"price": "0.0271", "kind": "surcharge"},
    }, "ratios": {"peak": "1.6", "valley": "0.4"}},
    "tiers": {"over": "year", "pooling": "after-time-of-use", "steps": [{"up-to": "2000 kWh"}, {"add": "0.05"}]},
    "demand": [{"id": "maximum", "price": "36 CNY/kW/month"}],
    "fixed": [{"id": "line", "price": "120 CNY/year"}],
    "tax": {"name": "vat", "rate": "13 %", "included": "true"},
    "rounding": {"energy": "1 kWh", "money": "0.01", "half": "up"},
}  # fmt: skip


@pytest.fixture(scope="module")
def bill():
    """March of a works that changed hands on the 11th, in its yearly second tier."""
    days = np.arange("2026-01-01", "2026-04-01", dtype="datetime64[D]")
    values = np.random.default_rng(3).integers(0, 4_000, (len(days), 24)).astype(np.int32)
    rows = from_matrix(["P1"] * len(days), days, values)
    made = two_owners("P1", "works", dt.date(2026, 3, 11), voltage=["10kV", "10kV"])
    [found] = rating.explain(rows, [tariffs.from_plain(PLAIN)], MAR, APR, agreement="P1", agreements=made)
    return json.loads(json.dumps(found.to_json()))


def put(content, path, value):
    """The same content with one thing in another's place; the hash made to fit."""
    changed = copy.deepcopy(content)
    at = changed
    for key in path[:-1]:
        at = at[key]
    before = at[path[-1]]
    assert before != value
    at[path[-1]] = value
    changed["hash"] = content_hash(changed)
    return changed


def test_what_was_explained_verifies(bill):
    found = rating.verify(bill)
    assert found.differences == []
    assert (found.agreement, found.lines, found.total) == ("P1", len(bill["lines"]), bill["total"])


def test_nothing_in_a_bill_is_a_float(bill):
    def floats(value):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return isinstance(value, float) or any(floats(one) for one in inner)

    assert not floats(bill)


TAMPERED = {
    "an amount": (("lines", 0, "amount"), "1.00"),
    "a price": (("lines", 0, "price"), "0.0000000000"),
    "a quantity": (("lines", 3, "quantity"), "5.000"),
    "a quantity as a float": (("lines", 3, "quantity"), 5.0),
    "a formula": (("lines", 0, "formula"), "1 + 1"),
    "a formula of another form": (("lines", 0, "formula"), "round(1, 1) − 1"),
    "a sentence": (("lines", 0, "sentence", "en"), "You owe nothing."),
    "a reason": (("lines", 0, "why", "zh"), "免费。"),
    "a clause's path": (("lines", 0, "clause", "path"), "energy.free"),
    "a clause's validity": (("lines", 0, "clause", "valid_from"), "2025-01-01"),
    "the tariff's price": (("tariffs", 0, "document", "energy", "components", "purchase", "price"), "0.4087"),
    "the tariff's fund": (("tariffs", 0, "document", "energy", "components", "funds", "price"), "0.0270"),
    "the tariff's name": (("tariffs", 0, "document", "name", "zh"), "商店"),
    "the tariff's source": (("tariffs", 0, "document", "source", "document"), "list 2025"),
    "a determinant": (("priced", 0, "rows", -1, "energy", "peak"), "9.000"),
    "the year's use before": (("priced", 0, "rows", 0, "energy", "peak"), "9000.000"),
    "a maximum": (("priced", 0, "rows", -1, "demand", 0, "kW", "peak"), "9.000"),
    "what a point counted": (("measured", -1, "energy", "peak"), "9.000"),
    "what a point reached": (("measured", -1, "demand", 0, "kW", "peak"), "9.000"),
    "when it was reached": (("measured", -1, "demand", 0, "at", "peak"), "2026-03-12T10:00"),
    "the customer": (("customer",), "Zhao"),
    "the agreement": (("agreement",), "P2"),
    "the terms": (("terms", 1, "voltage"), "35kV"),
    "the total": (("total",), "0.00"),
    "the currency": (("currency",), "EUR"),
    "a segment": (("segments", 1, "start"), "2026-03-12"),
    "a reason for a cut": (("segments", 1, "changed", 0, "to"), "Zhao"),
}


HASHED = {"the agreement", "when it was reached"}
"""What nothing in a bill follows from: the hash alone tells."""


@pytest.mark.parametrize("what", sorted(TAMPERED.keys() - HASHED))
def test_whatever_is_changed_is_noticed_though_the_hash_was_made_to_fit(bill, what):
    try:
        found = rating.verify(put(bill, *TAMPERED[what]))
    except Refused:
        return
    assert found.differences, what
    assert not any("hash" in one for one in found.differences)


@pytest.mark.parametrize("what", TAMPERED)
def test_whatever_is_changed_no_longer_fits_the_hash(bill, what):
    changed = put(bill, *TAMPERED[what]) | {"hash": bill["hash"]}
    try:
        assert any("hash" in one for one in rating.verify(changed).differences)
    except Refused:
        assert content_hash(changed) != bill["hash"]


def test_the_first_lines_that_differ_are_named(bill):
    changed = put(bill, ("lines", 2, "amount"), "1.00")
    assert rating.verify(changed).differences[0].startswith("line 3: amount is 1.00, and ")
    less = bill | {"lines": bill["lines"][:-1]}
    assert (
        rating.verify(less).differences[0]
        == f"the number of lines is {len(bill['lines']) - 1}, and {len(bill['lines'])} follow"
    )
    assert "there is no place for paid in a bill" in rating.verify(bill | {"paid": "yes"}).differences


WRONG = {
    "the schema is wattloop-bill/9": {"schema": "wattloop-bill/9"},
    "does not carry the document of tariff": {
        "tariffs": [{"tariff": "works", "valid_from": None, "document": None, "files": {}}]
    },
    "a tariff that the bill carries cannot be compiled": {
        "tariffs": [{"tariff": "w", "valid_from": None, "document": {"id": "w"}, "files": {}}]
    },
    "it is no bill as `wattloop explain` writes it": {"priced": []},
    "no tariff is given": {"tariffs": []},
    "a file called ../x.yaml, which lies outside of it": {
        "tariffs": [{"tariff": "w", "valid_from": None, "document": {"id": "w"}, "files": {"../x.yaml": ""}}]
    },
    "TypeError|AttributeError": {"lines": 7},
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_no_bill_is_refused(bill, said):
    with pytest.raises(Refused, match=said):
        rating.verify(bill | WRONG[said])


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000, '{"schema": "wattloop-bill/1"}'])
def test_a_file_that_holds_none_is_refused_by_name(tmp_path, text):
    file = tmp_path / "bill.json"
    file.write_text(text)
    with pytest.raises(Refused, match=r"bill\.json: "):
        rating.verify(file)


def test_a_file_is_written_whole_and_verifies(tmp_path):
    days = np.arange("2026-01-01", "2026-02-01", dtype="datetime64[D]")
    rows = from_matrix(["P1"] * 31, days, np.ones((31, 24), np.int32))
    plain = {key: value for key, value in PLAIN.items() if key != "demand"}
    [made] = rating.explain(rows, [tariffs.from_plain(plain)], dt.date(2026, 1, 1), dt.date(2026, 2, 1), agreement="P1")
    write_json(made, tmp_path / "bill.json")
    assert [one.name for one in tmp_path.iterdir()] == ["bill.json"]
    assert rating.verify(tmp_path / "bill.json").differences == []
