"""A file of customers taken in: new, changed, the same, refused; again and again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.cast import Cast

from wattloop.apps.customers.importing.tables import TABLES
from wattloop.apps.customers.importing.taking import Report, take
from wattloop.apps.customers.models import AgreementVersion, Customer, UsagePoint
from wattloop.apps.enterprise.gate import NotAllowed
from wattloop.apps.records.actors import System
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.django_db
SYSTEM = System("test")


@pytest.fixture
def given(tmp_path: Path):
    """Take a text in as a file of a table."""

    def give(table: str, text: str | bytes, by=SYSTEM, **told) -> Report:
        file = tmp_path / f"{table}.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return take(file, TABLES[table], by=by, refused_to=tmp_path / "refused.csv", **told)

    return give


def test_a_dry_run_shows_the_difference_field_by_field_and_changes_nothing(cast: Cast, given) -> None:
    text = "number,name,unit,phone\nC0001,张伟,east,13800138111\nC0009,王芳,west,+86 138\n"
    report = given("customers", text, dry_run=True)
    assert (report.new, report.changed, report.same, report.refused) == (1, 1, 0, 0)
    assert report.differences[0] == {
        "row": 2,
        "key": "C0001",
        "new": False,
        "fields": {"phone": ["13800138000", "13800138111"]},
    }
    assert report.differences[1]["new"]
    assert Customer.objects.get(number="C0001").phone == "13800138000"
    assert not Customer.objects.filter(number="C0009").exists()
    assert not AuditEntry.objects.exists()


def test_the_same_file_again_changes_nothing(cast: Cast, given) -> None:
    text = "number,name,unit,phone\nC0001,张伟,east,13800138111\nC0009,王芳,west,+86 138\n"
    given("customers", text)
    entries = AuditEntry.objects.count()
    report = given("customers", text)
    assert (report.new, report.changed, report.same) == (0, 0, 2)
    assert AuditEntry.objects.count() == entries == 2


def test_chinese_headings_in_gb18030_are_known(cast: Cast, given) -> None:
    text = "客户编号,客户名称,供电单位,联系电话,客户类型\nC0100,东江𠮷祥饭店,east,0755-88880001,单位\n".encode(
        "gb18030"
    )
    assert given("customers", text).new == 1
    assert Customer.objects.get(number="C0100").kind == "firm"


def test_refused_rows_come_back_in_a_file_to_be_mended_and_sent_again(cast: Cast, given, tmp_path: Path) -> None:
    text = "number,name,unit,since\nC0100,王芳,east,2024-02-30\nC0101,=SUM(A1),nowhere,\nC0102,李强,east,2024-02-29\n"
    report = given("customers", text)
    assert (report.new, report.refused) == (1, 2)
    rows = list(csv.reader((tmp_path / "refused.csv").open(encoding="utf-8-sig")))
    assert rows[0] == ["number", "name", "unit", "since", "problem"]
    assert rows[1][:4] == ["C0100", "王芳", "east", "2024-02-30"]
    assert "no day" in rows[1][4]
    assert rows[2][1] == "'=SUM(A1)"
    mended = (tmp_path / "refused.csv").read_text(encoding="utf-8").replace("2024-02-30", "2024-03-01")
    report = given("customers", mended.replace("nowhere", "west"))
    assert (report.new, report.refused) == (2, 0)
    assert Customer.objects.get(number="C0101").name == "=SUM(A1)"


def test_a_column_that_is_not_there_is_left_alone_and_an_empty_cell_empties(cast: Cast, given) -> None:
    given("customers", "number,phone\nC0001,\n")
    customer = Customer.objects.get(number="C0001")
    assert (customer.phone, customer.name) == ("", "张伟")


def test_a_name_that_is_needed_cannot_be_emptied(cast: Cast, given) -> None:
    assert given("customers", "number,name\nC0001,\n").refused == 1
    assert Customer.objects.get(number="C0001").name == "张伟"


def test_a_number_that_stands_twice_is_refused_the_second_time(cast: Cast, given) -> None:
    report = given("customers", "number,name,unit\nC1,甲,east\nC1,乙,east\n")
    assert (report.new, report.refused) == (1, 1)
    assert report.problems[0]["row"] == 3


def test_a_heading_that_is_almost_one_is_refused_as_a_slip(cast: Cast, given) -> None:
    with pytest.raises(Refused, match="Did you mean phone"):
        given("customers", "number,name,unit,phne\nC1,甲,east,1\n")


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\xef\xbb\xbf\n\n", b"\x00\x01\x02\x03" * 50, b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1",
     b'number,name\n"C1,x\n',
     b"name,unit\nx,y\n", "number,name,unit\nC1,甲,east\n".encode()[:-9] + b"\xff\xff\n"],
)  # fmt: skip
def test_garbage_is_refused_and_nothing_is_changed(cast: Cast, given, garbage: bytes) -> None:
    with pytest.raises(Refused):
        given("customers", garbage)
    assert Customer.objects.count() == 3


def test_a_clerk_of_another_unit_imports_only_their_own(cast: Cast, given) -> None:
    cast.users["clerk"].assignments.get().role.grants.append("customers.customer.import")
    role = cast.users["clerk"].assignments.get().role
    role.grants = [*role.grants, "customers.customer.import"]
    role.save()
    report = given("customers", "number,name,unit\nC0003,李娜娜,west\nC0001,张伟伟,east\nC9,甲,west\n", by=cast.clerk)
    assert (report.changed, report.refused) == (1, 2)
    assert Customer.objects.get(number="C0003").name == "李娜"


def test_who_may_not_import_is_told_so(cast: Cast, given) -> None:
    with pytest.raises(NotAllowed):
        given("customers", "number,name,unit\nC9,甲,west\n", by=cast.cashier)


AGREEMENTS = (
    "agreement,customer,unit,valid-from,valid-to,tariff,capacity-kva,point,behind,point-tariff,fixed-kwh-month,out-of\n"
)


def test_versions_follow_each_other_and_points_stand_behind_one_another(cast: Cast, given) -> None:
    text = AGREEMENTS + (
        "A1,C0002,east,2024-02-29,,industrial-two-part-10kv,630,P1,,,,\n"
        "A1,C0002,east,2026-01-01,,industrial-two-part-10kv,800.5,L1,P1,light,200,flat\n"
    )
    report = given("agreements", text)
    assert (report.new, report.refused) == (1, 0), report.problems
    first, second = AgreementVersion.objects.filter(agreement__number="A1")
    assert (str(first.valid_to), second.valid_to, second.capacity_va) == ("2025-12-31", None, 800_500)
    light = UsagePoint.objects.get(number="L1")
    assert (light.behind.number, light.fixed_wh) == ("P1", 200_000)
    assert given("agreements", text).same == 1


def test_new_terms_from_a_day_end_those_before(cast: Cast, given) -> None:
    text = "agreement,valid-from,tariff\n3200100001,2026-03-01,residential-seasonal\n"
    report = given("agreements", text)
    assert report.changed == 1, report.problems
    assert report.differences[0]["fields"]["2024-01-01: valid-to"] == ["", "2026-02-28"]
    assert given("agreements", text).same == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("A1,C0002,east,2024-01-01,2025-06-30,t,,P1,,,,\nA1,C0002,east,2025-01-01,,t,,,,,,\n", "overlap"),
        ("A1,C0002,east,2024-01-01,2024-06-30,t,,P1,,,,\nA1,C0002,east,2025-01-01,,t,,,,,,\n", "no version holds from"),
        ("A1,C0002,east,2024-01-01,2023-06-30,t,,P1,,,,\n", "ends before it begins"),
        ("A1,C0002,east,2024-01-01,,t,,,,,,\n", "no point"),
        ("A1,C0002,east,,,,,P1,,,,\n", "no version"),
        ("A1,C0002,east,,,t,,P1,,,,\n", "valid-from is missing"),
        ("A1,C0002,east,2024-01-01,,t,,P1,P1,,,\n", "no other point"),
        ("A1,C0002,east,2024-01-01,,t,,P1,P2,,,\nA1,C0002,east,,,,,P2,P1,,,\n", "ring"),
        ("A1,C0002,east,2024-01-01,,t,,P1,,,5,\n", "needs a tariff"),
        ("A1,C0002,east,2024-01-01,,t,,3200100001,,,,\n", "belongs to agreement 3200100001"),
        ("A1,C7777,east,2024-01-01,,t,,P1,,,,\n", "there is no customer C7777"),
        ("A1,C0002,east,2024-01-01,,t,,P1,,,,\nA1,C0001,east,,,,,P2,,,,\n", "customer is C0001 here"),
        ("A1,C0002,east,2024-01-01,,t,1.0005,P1,,,,\n", "too many decimals"),
    ],
)
def test_what_no_agreement_can_be_is_refused_by_name(cast: Cast, given, rows: str, said: str) -> None:
    report = given("agreements", AGREEMENTS + rows)
    assert report.new == 0
    assert said in report.problems[0]["said"]
    assert not AgreementVersion.objects.filter(agreement__number="A1").exists()


def test_rows_of_an_agreement_that_stand_apart_are_refused(cast: Cast, given) -> None:
    rows = "A1,C0002,east,2024-01-01,,t,,P1,,,,\nA2,C0002,east,2024-01-01,,t,,P2,,,,\nA1,C0002,east,,,,,P3,,,,\n"
    report = given("agreements", AGREEMENTS + rows)
    assert (report.new, report.refused) == (2, 1)


def test_some_thousand_rows_come_in_by_chunks_and_all_of_them(cast: Cast, given) -> None:
    rows = "".join(f"X{n},客户{n},east\n" for n in range(2_500))
    report = given("customers", "number,name,unit\n" + rows)
    assert (report.rows, report.new) == (2_500, 2_500)
    assert Customer.objects.count() == 2_503
