"""A bank's statement as CSV, read: which column is what, and what each row tells.

Headings are known in Chinese and English; the file may be UTF-8 or GB18030, with commas, semicolons or
tabs. A row that cannot be believed is refused by itself, with what is wrong, and never taken in part.
"""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.amounts import a_day, whole
from wattloop.apps.receivables.matching import Told
from wattloop.library.quantity.refusal import Refused

SOURCE = "bank"
HEADINGS = {
    "reference": ("流水号", "交易流水号", "交易流水", "交易号", "凭证号", "reference", "transactionid", "transaction",
                  "bankreference", "id"),
    "paid_on": ("交易日期", "日期", "入账日期", "记账日期", "交易时间", "date", "paidon", "valuedate", "bookingdate",
                "transactiondate"),
    "amount": ("金额", "交易金额", "贷方金额", "贷方发生额", "收入金额", "收入", "amount", "credit", "creditamount",
               "paidin"),
    "debit": ("借方金额", "借方发生额", "支出金额", "支出", "debit", "debitamount", "paidout"),
    "payer": ("对方户名", "付款人", "付款人名称", "付款方", "户名", "payer", "payername", "name", "counterparty"),
    "text": ("摘要", "附言", "用途", "备注", "交易附言", "text", "memo", "purpose", "remittance", "description",
             "details"),
    "agreement": ("户号", "用户编号", "客户编号", "缴费户号", "agreement", "agreementnumber", "accountnumber"),
    "bill": ("账单号", "账单编号", "bill", "billnumber", "invoice"),
    "currency": ("币种", "货币", "currency"),
}  # fmt: skip
NEEDED = ("reference", "paid_on", "amount")
REASON = "refused because"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its cells, and what it tells or why it is refused."""

    number: int
    cells: list[str]
    told: Told | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A file that was recognised."""

    path: Path
    name: str
    encoding: str
    delimiter: str
    header: list[str]
    columns: dict[str, int]

    def rows(self) -> Iterator[Row]:
        """All rows, read as they are asked for; row numbers count the heading as 1."""
        told = enterprise.settings()
        with self.path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            next(reader)
            for number, cells in enumerate(reader, start=2):
                if not any(cell.strip() for cell in cells):
                    continue
                try:
                    yield Row(number, cells, told=self._told(cells, told.minor_digits, told.currency))
                except Refused as refused:
                    refused.row, refused.file = number, self.name
                    yield Row(number, cells, refused=refused)

    def _cell(self, cells: list[str], column: str) -> str:
        place = self.columns.get(column)
        text = cells[place] if place is not None and place < len(cells) else ""
        # A spreadsheet's apostrophe or tab, that keeps long numbers as text, is not part of them.
        return unicodedata.normalize("NFKC", text).strip().lstrip("'").strip()

    def _told(self, cells: list[str], digits: int, currency: str) -> Told:
        reference, amount = self._cell(cells, "reference"), self._cell(cells, "amount")
        if len(cells) > len(self.header):
            raise Refused("the row has more cells than the heading", "Put texts with commas in quotes.")
        if not reference:
            raise Refused("there is no reference", "It is what keeps a row from being taken twice.", field="reference")
        if len(reference) > 120:
            raise Refused("the reference is longer than 120 characters", field="reference")
        if not amount and self._cell(cells, "debit"):
            raise Refused("money went out, not in", "Enter it where it belongs.", field="debit")
        other = self._cell(cells, "currency").upper()
        if other not in {"", currency, "人民币" if currency == "CNY" else currency, "RMB" if currency == "CNY" else ""}:
            raise Refused(f"the amount is in {other}, not {currency}", "Change it first.", field="currency")
        value = whole(amount, digits)
        if value <= 0:
            raise Refused("a payment is above zero", "Reverse a payment on its page.", field="amount")
        paid_on = a_day(self._cell(cells, "paid_on"), "paid_on")
        if paid_on > enterprise.today():
            raise Refused(f"{paid_on} is in the future", "Look at the date.", field="paid_on")
        return Told(
            SOURCE, reference, value, paid_on, payer=self._cell(cells, "payer")[:200],
            text=self._cell(cells, "text")[:300], agreement=self._cell(cells, "agreement"),
            bill=self._cell(cells, "bill"),
        )  # fmt: skip


def recognise(path: Path, name: str = "") -> Statement:
    """Look at a file's heading.

    Raises:
        Refused: where it is no text, or a column that is needed is not found.
    """
    name = name or path.name
    encoding = _encoding(path, name)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(65_536)
    delimiter = max(",;\t", key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    columns: dict[str, int] = {}
    for place, heading in enumerate(header):
        column = _column(heading)
        if column is not None:
            columns.setdefault(column, place)
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        known = "; ".join(f"{column}: {HEADINGS[column][0]} / {HEADINGS[column][-1]}" for column in missing)
        raise Refused(
            f"no column is recognised as {', '.join(missing)}", f"Name it in the first line ({known}).", name, 1
        )
    return Statement(path, name, encoding, delimiter, header, columns)


def digest(path: Path) -> str:
    """What tells a file from any other."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _column(heading: str) -> str | None:
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", heading).lower() if sign.isalnum())
    return next((column for column, names in HEADINGS.items() if plain in names), None)


def _encoding(path: Path, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                while piece := file.read(1 << 20):
                    if "\0" in piece:
                        raise Refused("this is not a text file", "Save it as CSV.", name)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Refused("the text is neither UTF-8 nor GB18030", "Save it as CSV in UTF-8.", name)
