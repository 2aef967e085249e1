"""A bank's file: recognised, looked at, taken in once, with what is refused to mend and send again."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from tests.cast import Cast
from tests.receivables.money import BY, TODAY, balance, owes, prove

from wattloop.apps.receivables import bankfile, bankimport, tasks
from wattloop.apps.receivables.amounts import a_day, whole
from wattloop.apps.receivables.models import BankFile, Charge, Payment
from wattloop.apps.receivables.services.bank import begin_bank_file
from wattloop.apps.records import files, jobs
from wattloop.library.quantity.refusal import Refused

CHINESE = "交易流水号,交易日期,贷方金额,借方金额,对方户名,摘要\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "statement.csv"


def test_a_chinese_statement_in_gb18030_is_taken_in(books: Cast, file: Path) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 12_345)
    file.write_bytes(
        (
            CHINESE
            + f'T1,2026年11月20日,"123.45",,张伟,电费{zhang.number}\n'
            + "T2,20261121,50.00,,李娜,\n"
            + "T3,2026/11/22 10:20:30,7,,某某公司,\n"
        ).encode("gb18030")
    )
    seen = bankimport.preview(file)
    assert (seen.rows, seen.amount, dict(seen.states)) == (3, 18_045, {"matched": 1, "doubtful": 1, "unknown": 1})
    assert not Payment.objects.exists()
    done = bankimport.take_in(file, by=BY)
    assert (done.rows, done.taken, done.known, done.refused, done.amount) == (3, 3, 0, 0, 18_045)
    assert Charge.objects.get().open == 0
    assert (balance("bank"), balance("suspense")) == (18_045, -5_700)
    prove()


def test_the_same_file_is_refused_and_the_same_row_is_known(books: Cast, file: Path, tmp_path: Path) -> None:
    file.write_text("reference,date,amount,text\nA,2026-11-20,1,\nB,2026-11-20,2,\n", encoding="utf-8")
    bankimport.take_in(file, by=BY)
    with pytest.raises(Refused, match="was taken in on"):
        bankimport.take_in(file, by=BY)
    longer = tmp_path / "longer.csv"
    longer.write_text(
        "Reference;Value Date;Amount\nB;2026-11-20;2\nC;2026-11-20;3\nC;2026-11-20;3\nA;2026-11-20;9\n", "utf-8-sig"
    )
    done = bankimport.take_in(longer, by=BY)
    assert (done.rows, done.taken, done.known, done.refused) == (4, 1, 2, 1)
    assert sorted(Payment.objects.values_list("reference", "amount")) == [("A", 100), ("B", 200), ("C", 300)]
    prove()


def test_refused_rows_come_back_as_a_file_to_mend_and_send_again(books: Cast, file: Path, tmp_path: Path) -> None:
    file.write_text(
        "reference,date,amount,debit,payer,text\n"
        "A,2026-11-20,1.00,,=cmd|'/c calc'!A1,fine\n"
        ",2026-11-20,1.00,,x,no reference\n"
        "C,2026-13-20,1.00,,x,no day\n"
        "D,2026-11-20,abc,,x,no amount\n"
        "E,2026-11-20,1.005,,=1+2,too fine\n"
        "F,2026-11-20,,5.00,x,went out\n"
        "G,2026-11-20,-5,,x,below zero\n"
        "H,2027-01-01,5,,x,in the future\n"
        "I,2026-11-20,1e3,,x,science\n"
        "J,2026-11-20,1,,x,a,b\n",
        encoding="utf-8",
    )
    done = bankimport.take_in(file, by=BY)
    assert (done.taken, done.refused) == (1, 9)
    text = files.path(done.refusals).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["reference"] for row in rows] == ["", "C", "D", "E", "F", "G", "H", "I", "J"]
    assert rows[3]["payer"] == "'=1+2"
    assert all(row[bankfile.REASON] for row in rows)
    mended = tmp_path / "mended.csv"
    mended.write_text(text.replace("1.005", "1.01"), encoding="utf-8")
    again = bankimport.take_in(mended, by=BY)
    assert (again.taken, Payment.objects.get(reference="E").payer) == (1, "=1+2")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no column"),
        (b"a,b,c\n1,2,3\n", "no column is recognised as reference, paid_on, amount"),
        (b"reference,date\nA,2026-11-20\n", "recognised as amount"),
        (b"\x00\x01\x02reference,date,amount\n", "not a text file"),
        (b"\xff\xfe\xff\xff\xff", "neither UTF-8 nor GB18030"),
        (b"PK\x03\x04\xff\xff\xff\xff", "neither"),
    ],
)
def test_what_is_no_statement_is_refused_whole(books: Cast, file: Path, content: bytes, why: str) -> None:
    file.write_bytes(content)
    with pytest.raises(Refused, match=why):
        bankimport.take_in(file, by=BY)
    assert not BankFile.objects.exists()


def test_the_job_goes_on_where_a_killed_one_stopped(books: Cast, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bankimport, "CHUNK", 10)
    lines = "".join(f"R{n},2026-11-20,{n}\n" for n in range(1, 36))
    file.write_text("reference,date,amount\n" + lines, encoding="utf-8")
    begun = begin_bank_file(file, "x.csv", digest=bankfile.digest(file), by=BY)
    statement = bankfile.recognise(file)
    rows = list(statement.rows())
    bankimport._take(rows[:10], {}, begun, BY)
    jobs.start(tasks.take_bank_file, begun.pk, by=BY, about=begun)
    jobs.run_waiting()
    begun.refresh_from_db()
    assert (begun.taken, begun.known, begun.rows) == (35, 0, 35)
    assert (Payment.objects.count(), begun.amount) == (35, 100 * 35 * 36 // 2)
    prove()


@pytest.mark.parametrize("text", ["", "-", ".", "1.2.3", "0x10", "NaN", "Infinity", "1e5", "１２", "9" * 20, "1 0"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        whole(text, 2)


def test_days_are_read_as_banks_write_them() -> None:
    for text in ("2026-11-25", "2026/11/25", "20261125", "2026年11月25日", "2026-11-25T10:00:00", "20261125103000"):
        assert a_day(text, "x") == TODAY, text
    for text in ("", "25.11.2026", "2026-02-30", "20261325", "abc"):
        with pytest.raises(Refused):
            a_day(text, "x")
