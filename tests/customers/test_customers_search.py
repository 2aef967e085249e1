"""Finding customers: by two characters, parts of names, phones and addresses, numbers old and new, meters."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cast import Cast

from wattloop.apps.customers import search, services
from wattloop.apps.customers.models import Customer, OldNumber, SearchText
from wattloop.apps.customers.search.grams import asked, grams, lines
from wattloop.apps.metering.models import Installation, Meter
from wattloop.apps.records.actors import System

pytestmark = pytest.mark.django_db


@pytest.fixture
def indexed(cast: Cast) -> Cast:
    """The cast, as the services would have indexed it."""
    works = cast.customers["works"]
    services.set_contact(works, name="欧阳雪", phone="0755-8677 1234", by=cast.chief)
    others = [("C0010", "张伟东", cast.east), ("C0011", "伟张", cast.east), ("C0012", "ABC Cold Store 2", cast.west)]
    for number, name, unit in others:
        services.register_customer(number=number, name=name, unit=unit, by=cast.chief)
    search.refresh(Customer.objects.values_list("pk", flat=True))
    OldNumber.objects.create(system="SG186", kind="agreement", number="OLD-77", now=cast.agreements["zhang"].number)
    point = cast.agreements["zhang"].points.get()
    Installation.objects.create(
        meter=Meter.objects.create(number="DJ00112233"), point=point, valid_from=dt.date(2024, 1, 1)
    )
    return cast


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张伟", ["C0001", "C0010"]),
        ("伟东", ["C0010"]),
        ("张", ["C0001", "C0010"]),
        ("机械", ["C0002"]),
        ("东江 机械厂", ["C0002"]),
        ("人民路3号", ["C0003"]),
        ("1380", ["C0001"]),
        ("138 0013", ["C0001"]),
        ("+86 755 8888", ["C0002"]),
        ("86771234", ["C0002"]),
        ("欧阳", ["C0002"]),
        ("C0003", ["C0003"]),
        ("c0003", ["C0003"]),
        ("3200100002", ["C0002"]),
        ("OLD-77", ["C0001"]),
        ("DJ0011", ["C0001"]),
        ("cold store", ["C0012"]),
        ("ＡＢＣ", ["C0012"]),
        ("电话", []),
        ("张三", []),
        ("%", []),
        ("_____", []),
        ('" OR 1', []),
        ("", []),
        ("   ", []),
        ("x" * 300, []),
    ],
)
def test_whoever_is_meant_is_found_and_nobody_else(indexed: Cast, text: str, found: list[str]) -> None:
    hits = search.search(text, System("test"))
    assert sorted(hit.customer.number for hit in hits) == found


def test_who_looks_after_one_station_finds_those_of_that_station(indexed: Cast) -> None:
    names = {hit.customer.name for hit in search.search("人民路", indexed.clerk)}
    assert names == {"张伟", "东江机械厂"}
    assert [hit.customer.name for hit in search.search("人民路", indexed.users["clerk-west"])] == ["李娜"]
    assert search.search("3200100001", indexed.users["clerk-west"]) == []
    assert search.search("DJ0011", indexed.users["clerk-west"]) == []
    assert search.search("张伟", indexed.admin) == []


def test_a_customer_is_found_by_the_new_name_and_no_more_by_the_old_one(indexed: Cast) -> None:
    zhang = indexed.customers["zhang"]
    services.change_customer(zhang, name="王芳", phone="13100001111", by=indexed.clerk)
    assert [hit.customer.pk for hit in search.search("王芳", System("test"))] == [zhang.pk]
    assert search.search("13800138", System("test")) == []
    assert zhang.pk not in {hit.customer.pk for hit in search.search("张伟", System("test"))}


def test_a_customer_of_another_station_now_is_found_there(indexed: Cast) -> None:
    services.change_customer(indexed.customers["zhang"], unit=indexed.west, by=indexed.chief)
    west = indexed.users["clerk-west"]
    assert [hit.customer.number for hit in search.search("张伟", west)] == ["C0001"]


def test_who_is_taken_out_of_the_index_is_not_found(indexed: Cast) -> None:
    search.forget_customers([indexed.customers["zhang"].pk])
    assert [hit.customer.number for hit in search.search("张伟", System("test"))] == ["C0010"]
    assert not SearchText.objects.filter(customer=indexed.customers["zhang"]).exists()


def test_refreshing_again_writes_nothing(indexed: Cast, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(5):
        search.refresh(Customer.objects.values_list("pk", flat=True)[:10])


@given(st.lists(st.text(alphabet="张伟东江机械厂ab12 -+", max_size=12), max_size=4), st.data())
@settings(max_examples=200)
def test_every_part_of_a_line_has_grams_that_the_line_has(parts: list[str], data: st.DataObject) -> None:
    text = lines(parts)
    for line in text.split("\n"):
        begin = data.draw(st.integers(0, len(line)))
        end = data.draw(st.integers(begin, len(line)))
        for word in asked(line[begin:end]):
            assert grams(word) <= grams(line)
