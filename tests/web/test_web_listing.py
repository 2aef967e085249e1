"""One way to list things: filtered, sorted, paged, chosen, exported."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import django_filters
import django_tables2
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django_htmx.middleware import HtmxDetails
from openpyxl import load_workbook
from tests.cast import Cast

from wattloop.apps.customers.models import Customer
from wattloop.faces.web import export, paging
from wattloop.faces.web.listing import BulkAction, chosen, listing
from wattloop.faces.web.tables import MoneyColumn, SelectColumn, Table


class Customers(Table):
    chosen = SelectColumn()
    number = django_tables2.Column()
    name = django_tables2.Column()
    phone = django_tables2.Column()


class ByName(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains")
    since = django_filters.DateFilter(method="nothing")

    def nothing(self, rows: Any, _name: str, _value: Any) -> Any:
        return rows.none()


@pytest.fixture
def ask(cast: Cast) -> Any:
    def get(query: str = "", **headers: str) -> Any:
        request = RequestFactory().get(f"/customers/?{query}", headers=headers)
        request.user, request.resolver_match = cast.chief, None  # as a resolver and a session would have it
        request.htmx = HtmxDetails(request)
        rows = Customer.objects.order_by("number")
        actions = [BulkAction("hold", "Hold", confirm="Sure?")]
        return listing(request, rows, Customers, title="Customers", filters=ByName, name="客户", actions=actions)

    return get


def many(cast: Cast, count: int) -> None:
    Customer.objects.bulk_create(
        Customer(number=f"M{n:06}", name=f"王{n}", kind="person", unit=cast.east) for n in range(count)
    )


def text(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def test_a_list_is_a_page_and_for_htmx_the_list_alone(ask: Any) -> None:
    page, part = text(ask()), text(ask(**{"HX-Request": "true", "HX-Target": "list"}))
    assert "<html" in page
    assert part.lstrip().startswith('<div id="list"')
    assert "东江机械厂" in page
    assert "东江机械厂" in part
    back = text(ask(**{"HX-Request": "true", "HX-Target": "list", "HX-History-Restore-Request": "true"}))
    assert "<html" in back, "who goes back gets the whole page"
    assert "HX-Request" in ask()["Vary"], "and no cache takes one for the other"


def test_it_filters_and_a_wrong_filter_says_so_and_shows_nothing(ask: Any) -> None:
    found = text(ask("name=机械"))
    assert "东江机械厂" in found
    assert "张伟" not in found
    wrong = text(ask("since=2026-02-30"))
    assert 'id="id_since_errors"' in wrong
    assert "2026-02-30" in wrong, "what was typed stays"
    assert "东江机械厂" not in wrong


def test_it_sorts_and_keeps_the_filter(ask: Any) -> None:
    sorted_page = text(ask("name=东&sort=-number"))
    assert 'aria-sort="descending"' in sorted_page
    assert "?name=%E4%B8%9C&amp;sort=number" in sorted_page or "?sort=number&amp;name=%E4%B8%9C" in sorted_page


@pytest.mark.parametrize(("query", "current"), [
    ("", 1), ("page=2", 2), ("page=99", 3), ("page=0", 1), ("page=-1", 1), ("page=x", 1), ("page=2%00", 1),
    ("page=99999999999999999999", 1), ("page=2&size=25", 2), ("page=2&size=7", 2), ("size=-1", 1),
])  # fmt: skip
def test_a_page_that_is_not_there_is_the_nearest(query: str, current: int, ask: Any, cast: Cast) -> None:
    many(cast, 120)
    assert f'<span aria-current="page">{current}</span>' in text(ask(query))


def test_a_count_stops_at_ten_thousand(ask: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "CAP", 100)
    many(cast, 99)
    with CaptureQueriesContext(connection) as captured:
        page = text(ask())
    assert "more than 100" in page
    assert "LIMIT 101" in next(one["sql"] for one in captured.captured_queries if "COUNT" in one["sql"])
    assert f'<span aria-current="page">{2}</span>' in text(ask("page=9")), "nor does paging go further"


def test_rows_are_chosen_by_their_boxes_or_all_that_match(cast: Cast) -> None:
    east = Customer.objects.filter(unit=cast.east)
    works, li = cast.customers["works"], cast.customers["li"]

    def posted(query: str, data: dict[str, Any]) -> set[str]:
        request = RequestFactory().post(f"/customers/?{query}", data)
        return set(chosen(request, east, ByName).values_list("name", flat=True))

    assert posted("", {"chosen": [works.pk, li.pk]}) == {"东江机械厂"}, "what may not be seen cannot be chosen"
    assert posted("", {"chosen": ["x", "1; DROP TABLE", ""]}) == set()
    assert posted("name=张", {"all": "1"}) == {"张伟"}
    assert posted("since=2026-02-30", {"all": "1"}) == set(), "a wrong filter matches nothing, never everything"
    assert posted("", {}) == set()


def test_it_exports_every_row_that_matches_without_the_boxes(ask: Any, cast: Cast) -> None:
    many(cast, 60)
    answer = ask("export=csv&name=王")
    rows = list(csv.reader(io.StringIO(text(answer).removeprefix("\ufeff"))))
    assert rows[0] == ["Number", "Name", "Phone"]
    assert len(rows) == 61
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''%E5%AE%A2%E6%88%B7.csv"
    book = load_workbook(io.BytesIO(b"".join(ask("export=xlsx").streaming_content)))
    assert book.active.max_row == 64


DANGEROUS = [
    "=1+1",
    "+SUM(A1)",
    "-2+3",
    "@cmd",
    "\t=1",
    "\r=1",
    "＝1+1",
    "'=1",
    "''@x",
    "-1+1|cmd",
    "+86=1",
    '=HYPERLINK("x")',
]
PLAIN = [
    "张伟",
    "",
    "'twas",
    "-12.5",
    "+86 138 0013 8000",
    "+86-755-8888-0001",
    "12-3",
    "a=b",
    "0012",
    "+8613800138000",
]


@pytest.mark.parametrize("value", DANGEROUS)
def test_no_formula_leaves_in_a_csv_and_what_left_comes_back(value: str) -> None:
    made = export.escaped(value)
    assert made[0] == "'"
    assert export.unescaped(made) == value


@pytest.mark.parametrize("value", PLAIN)
def test_phones_numbers_and_names_leave_as_they_are(value: str) -> None:
    assert export.escaped(value) == value
    assert export.unescaped(value) == value


def test_a_workbook_keeps_text_as_text_and_numbers_as_numbers() -> None:
    row = [*DANGEROUS, *PLAIN, Decimal("12.34"), 7, 123456789012345678, dt.date(2026, 2, 28), None, "a\x00b"]
    answer = export.download("xlsx", "x", [f"c{n}" for n in range(len(row))], [row])
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    cells = list(sheet[2])
    texts = [*DANGEROUS, *PLAIN]
    assert [cell.data_type for cell in cells[: len(texts)]] == ["s" if one else "n" for one in texts], "never a formula"
    assert [cell.value or "" for cell in cells[: len(texts)]] == texts
    number, whole, long, day, nothing, odd = (cell.value for cell in cells[len(texts) :])
    assert (float(number), whole, long) == (12.34, 7, "123456789012345678"), "eighteen digits are no float"
    assert (day.date(), nothing, odd) == (dt.date(2026, 2, 28), None, "ab")


def test_an_amount_leaves_as_a_number_of_the_currency() -> None:
    class Amounts(Table):
        amount = MoneyColumn()

    shown = Amounts([{"amount": -1234567}])
    assert (
        list(export.csv_lines(["amount"], [[row.get_cell_value("amount")] for row in shown.rows]))[1] == "-12345.67\r\n"
    )
    assert shown.rows[0].get_cell("amount") == "−12,345.67"
