"""The commands of the room, as an operator calls them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from tests.cast import Cast

from wattloop.apps.customers.models import OldNumber
from wattloop.apps.receivables.models import Charge, Payment


def run(*told: str) -> tuple[str, int]:
    out, code = io.StringIO(), 0
    try:
        call_command(*told, stdout=out, stderr=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return out.getvalue(), code


def test_opening_balances_come_from_a_file_once_and_old_numbers_are_known(books: Cast, tmp_path: Path) -> None:
    OldNumber.objects.create(system="old", kind="agreement", number="88-17", now=books.agreements["li"].number)
    file = tmp_path / "期初.csv"
    file.write_text(
        f"户号,金额,到期日,摘要\n{books.agreements['zhang'].number},120.50,2026-10-20,十月\n88-17,-30,2026-10-20,预收\n"
        "nobody,5,2026-10-20,\n", encoding="utf-8",
    )  # fmt: skip
    said, code = run("ledger", "opening", str(file))
    assert said.startswith("2 balances taken in, 0 known already, 1 row refused")
    assert "row 4" in said
    assert code == 1
    assert sorted(Charge.objects.values_list("amount", flat=True)) == [-3_000, 12_050]
    assert run("ledger", "opening", str(file))[0].startswith("0 balances taken in, 2 known already")
    assert run("ledger", "verify") == ("the books prove: every sum agrees both ways\n", 0)


@pytest.mark.parametrize("header", ["户号,到期日\n1,2026-10-20\n", "", "\n\n"])
def test_a_file_without_what_it_needs_is_refused(books: Cast, tmp_path: Path, header: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(header, encoding="utf-8")
    assert run("ledger", "opening", str(file))[1] == 2
    assert run("ledger", "opening", str(tmp_path / "absent.csv"))[1] == 2


def test_books_that_do_not_prove_end_in_exit_code_one(books: Cast, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text(f"agreement,amount,due-on\n{books.agreements['zhang'].number},10,2026-10-20\n", encoding="utf-8")
    run("ledger", "opening", str(file))
    Charge.objects.update(amount=999)
    said, code = run("ledger", "verify")
    assert "1 break" in said
    assert code == 1


def test_a_banks_file_is_looked_at_and_then_taken_in_once(books: Cast, tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    number = books.agreements["zhang"].number
    file.write_text(
        f"reference,date,amount,agreement\nT1,2026-11-12,8.50,{number}\nT2,2026-11-12,x,\n", encoding="utf-8"
    )
    said, _ = run("payments", "import", str(file), "--dry-run")
    assert "2 rows, 0 known already, 1 row would be refused; 1 matched would be taken in" in said
    assert not Payment.objects.exists()
    assert "1 payment taken in, 0 known already, 1 row refused" in run("payments", "import", str(file))[0]
    assert run("payments", "import", str(file))[1] == 2
    assert Payment.objects.get().amount == 850
